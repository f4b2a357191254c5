import type { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/load/document.ts';
import { knownFields } from '#mesh/schema/descend.ts';
import { describeValue, fieldPath, valueAt } from '#mesh/schema/field-path.ts';
import { misplacedField } from '#mesh/schema/misplaced-field.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

interface IssueContext {
  readonly schema: unknown;
  readonly document: ManifestDocument;
  readonly resource: string;
}

/** What zod found wrong, in the manifest's own words and with its line. */
export function issueDiagnostics(issue: z.core.$ZodIssue, context: IssueContext): readonly Diagnostic[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...path, key], context));
  }
  const value = valueAt(context.document.value, path);
  return [
    value === undefined || value === null ? missing(issue, path, context) : wrong(issue, path, context),
  ];
}

function unknownField(path: YamlPath, { schema, document, resource }: IssueContext): Diagnostic {
  const name = String(path.at(-1));
  return {
    severity: 'error',
    code: 'M101-unknown-field',
    message: `unknown field \`${fieldPath(path)}\``,
    fix: misplacedField(schema, path) ?? didYouMean(name, knownFields(schema, path.slice(0, -1))),
    position: document.at(path),
    resource,
  };
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
function correction(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_value') return didYouMean(String(value), issue.values.map(String));
  const asExpected = `write ${issue.message.replace(/^expected /, '')}`;
  if (issue.code !== 'invalid_type') return asExpected;
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  if (issue.expected === 'string' && scalar) return unitOrQuotes(issue.message, value);
  const quotedNumber = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return quotedNumber && ['int', 'number'].includes(issue.expected)
    ? `remove the quotes: ${value}`
    : asExpected;
}

function unitOrQuotes(expected: string, value: number | boolean): string {
  if (expected.includes('duration')) return `add the unit: \`${value}s\``;
  if (typeof value === 'number') return `put it in quotes: "${value}"`;
  return 'put it in quotes: YAML takes true, false, yes, no, y, n, on and off without quotes for booleans';
}
