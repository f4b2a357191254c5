import { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/istiod/config/load/document.ts';
import { describeValue, fieldPath, valueAt } from '#mesh/istiod/config/schema/field-path.ts';
import { correction } from '#mesh/istiod/config/schema/issue-diagnostic.ts';
import { didYouMean, nearest } from '#mesh/nearest.ts';

const CODE = 'M101-test-file';

/** What is wrong with a file of tests, each slip at its line. */
export function schemaDiagnostics(
  error: z.ZodError,
  { schema, document }: { readonly schema: z.ZodType; readonly document: ManifestDocument },
): readonly Diagnostic[] {
  const misspelt = misspeltFields(error, schema);
  const found = error.issues.flatMap((issue): Diagnostic[] => {
    // A field with a slip in its name is not missing as well.
    if (misspelt.has(issue.path.join('.'))) return [];
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(key, { path, schema, document }));
    }
    return [
      { severity: 'error', code: CODE, ...problemOf(issue, path, document), position: document.at(path) },
    ];
  });
  return found.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

/** In the words in which manifests are judged. */
function problemOf(issue: z.core.$ZodIssue, path: YamlPath, document: ManifestDocument) {
  // All choices here are forms of text.
  const wanted = issue.code === 'invalid_union' ? 'expected a string' : issue.message;
  const value = valueAt(document.value, path);
  if (value === undefined || value === null) {
    const fix = `add \`${String(path.at(-1))}\`, ${wanted.replace(/^expected /, '')}`;
    return { message: `missing field \`${fieldPath(path)}\``, fix };
  }
  const where = path.length === 0 ? 'a file of tests' : `\`${fieldPath(path)}\``;
  return { message: `${where}: ${wanted}, found ${describeValue(value)}`, fix: correction(issue, value) };
}

/** The fields that unknown keys most likely mean, by their paths. */
function misspeltFields({ issues }: z.ZodError, schema: z.ZodType): ReadonlySet<string> {
  const meant = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    return issue.keys.flatMap((key) => {
      const name = nearest(key, keysAt(schema, path));
      return name === undefined ? [] : [[...path, name].join('.')];
    });
  });
  return new Set(meant);
}

interface Place {
  readonly path: YamlPath;
  readonly schema: z.ZodType;
  readonly document: ManifestDocument;
}

function unknownKey(key: string, { path, schema, document }: Place): Diagnostic {
  const where = path.length === 0 ? 'a file of tests' : `\`${fieldPath(path)}\``;
  return {
    severity: 'error',
    code: CODE,
    message: `${where} has no key \`${key}\``,
    fix: didYouMean(key, keysAt(schema, path)),
    position: document.at([...path, key]),
  };
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: YamlPath): readonly string[] {
  const found = path.reduce<z.ZodType | undefined>(step, schema);
  const object = found && unwrapped(found);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function step(schema: z.ZodType | undefined, name: string | number): z.ZodType | undefined {
  const inner = schema && unwrapped(schema);
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
  if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType;
  if (!(inner instanceof z.ZodObject)) return undefined;
  return new Map(Object.entries(inner.shape)).get(String(name)) as z.ZodType | undefined;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodExactOptional;
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

/** A mistake of a test that shows only when it runs. */
export function testMistake(mistake: Pick<Diagnostic, 'message' | 'fix' | 'position'>): Diagnostic {
  return { severity: 'error', code: CODE, ...mistake };
}

/** The same as the text of an exception that ends one test. */
export class TestMistake extends Error {
  override readonly name = 'TestMistake';
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}
