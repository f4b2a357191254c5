import type { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/istiod/config/load/document.ts';
import { describeValue, fieldPath, valueAt } from '#mesh/istiod/config/schema/field-path.ts';
import { type Placed, quotes } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean } from '#mesh/nearest.ts';

interface IssueContext {
  readonly document: ManifestDocument;
  readonly resource: string;
}

/** What cannot be read of an object, in the manifest's own words and with its line. */
export function issueDiagnostic(issue: z.core.$ZodIssue, context: IssueContext): Placed {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const value = valueAt(context.document.value, path);
  const isMissing = value === undefined || value === null;
  return { path, diagnostic: isMissing ? missing(issue, path, context) : wrong(issue, path, context) };
}

function missing(issue: z.core.$ZodIssue, path: YamlPath, { document, resource }: IssueContext): Diagnostic {
  return {
    severity: 'error',
    code: 'M101-missing-field',
    message: `missing field \`${fieldPath(path)}\``,
    fix: `add \`${String(path.at(-1))}\`, ${issue.message.replace(/^expected /, '')}`,
    position: document.at(path),
    resource,
  };
}

function wrong(issue: z.core.$ZodIssue, path: YamlPath, { document, resource }: IssueContext): Diagnostic {
  const value = valueAt(document.value, path);
  return {
    severity: 'error',
    code: issue.code === 'invalid_type' ? 'M101-wrong-type' : 'M101-invalid-value',
    message: `\`${fieldPath(path)}\`: ${issue.message}, found ${describeValue(value)}`,
    fix: correction(issue, value),
    position: document.at(path),
    resource,
  };
}

/** YAML reads `80`, `true` and `1.0` as something else than text, the commonest cause of a wrong type. */
export function correction(issue: z.core.$ZodIssue, value: unknown): string {
  const asExpected = `write ${issue.message.replace(/^expected /, '')}`;
  // An object may have a member `toString`, and then no text.
  if (typeof value === 'object') return asExpected;
  if (issue.code === 'invalid_value') return didYouMean(String(value), issue.values.map(String));
  if (issue.code !== 'invalid_type') return asExpected;
  if (issue.message.includes('duration') && typeof value === 'number') return `add the unit: \`${value}s\``;
  return quotes(value, issue.expected) ?? asExpected;
}

type Issue = z.core.$ZodRawIssue;

export const typeNames: Readonly<Record<string, string>> = {
  array: 'a list (lines that begin with `- `)',
  boolean: '`true` or `false`',
  int: 'a whole number',
  number: 'a number',
  object: 'an object (indented `name: value` lines)',
  record: 'an object (indented `name: value` lines)',
  string: 'a string',
};

/** What a schema without its own message expects, as `expected …`. */
export function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}`;
    case 'too_small':
      return `expected ${amount(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `expected ${amount(issue.origin, 'at most', Number(issue.maximum))}`;
    default:
      return `expected something else (${issue.code})`;
  }
}

/** `` `A`, `B` or `C` `` */
export function oneOf(values: readonly unknown[]): string {
  return values
    .map((value) => `\`${String(value)}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}

function amount(origin: string, bound: string, limit: number): string {
  if (origin === 'string') return `${bound} ${limit} character${limit === 1 ? '' : 's'}`;
  if (origin === 'array') return `a list of ${bound} ${limit} item${limit === 1 ? '' : 's'}`;
  return `a number of ${bound} ${limit}`;
}
