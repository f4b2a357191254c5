import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import { type Cause, invalid, tooLong, unsupported } from '#mesh/apiserver/validation/cause.ts';

/** What a schema says of a string or number whose type is right. Kubernetes' own kinds take an empty string for none. */
export function* scalarCauses(
  value: unknown,
  schema: Schema,
  field: string,
  native: boolean,
): Iterable<Cause> {
  if (native && value === '') return;
  if (schema.enum && !schema.enum.includes(value)) {
    yield unsupported(field, value, native ? schema.enum.filter((each) => each !== '') : schema.enum);
  }
  if (typeof value === 'number') yield* numberCauses(value, schema, field);
  if (typeof value === 'string') yield* stringCauses(value, schema, field);
}

function* numberCauses(value: number, schema: Schema, field: string): Iterable<Cause> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const wrong = (detail: string) => invalid(field, value, `${field} in body ${detail}`);
  if (minimum !== undefined && exclusiveMinimum && value <= minimum)
    yield wrong(`should be greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum)
    yield wrong(`should be greater than or equal to ${minimum}`);
  if (maximum !== undefined && exclusiveMaximum && value >= maximum)
    yield wrong(`should be less than ${maximum}`);
  else if (maximum !== undefined && value > maximum)
    yield wrong(`should be less than or equal to ${maximum}`);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    yield wrong(`should be a multiple of ${multipleOf}`);
  if (!inRange(value, schema.format))
    yield wrong(`must be of type ${schema.format}: ${JSON.stringify(value)}`);
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

function inRange(value: number, format: string | undefined): boolean {
  if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  if (format === 'uint32') return value >= 0 && value < 2 ** 32;
  return true;
}

function* stringCauses(value: string, schema: Schema, field: string): Iterable<Cause> {
  const { minLength, maxLength, pattern, format } = schema;
  const wrong = (detail: string) => invalid(field, value, `${field} in body ${detail}`);
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) yield tooLong(field, maxLength);
  if (minLength !== undefined && length < minLength)
    yield wrong(`should be at least ${minLength} chars long`);
  if (pattern !== undefined && !matchesPattern(value, pattern)) yield wrong(`should match '${pattern}'`);
  if (format !== undefined && !hasFormat(value, format))
    yield wrong(`must be of type ${format}: ${JSON.stringify(value)}`);
}

const CHECKS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  [
    'byte',
    (value) =>
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, '')),
  ],
  ['cidr', isCidr],
  ['date', (value) => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))],
  ['date-time', isDateTime],
  ['duration', (value) => /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$|^0$/.test(value)],
  ['email', (value) => /^[^\s@]+@[^\s@]+$/.test(value)],
  ['hostname', (value) => /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?)+$/.test(value)],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['mac', (value) => /^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}$/.test(value)],
  ['uri', (value) => URL.canParse(value) || value.startsWith('/')],
  ['uuid', (value) => /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value)],
]);

/** Whether a string has a format that Kubernetes checks; unknown formats have no effect. */
export function hasFormat(value: string, format: string): boolean {
  return CHECKS.get(format)?.(value) ?? true;
}

/** `100m`, `1.5Gi`, `2e3`: the grammar of Kubernetes' quantities. */
export function isQuantity(value: string): boolean {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(value);
}

function isCidr(value: string): boolean {
  const [address = '', bits = '', ...more] = value.split('/');
  const family = isIP(address);
  return (
    family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  );
}

function isDateTime(value: string): boolean {
  const shape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
  return shape.test(value) && !Number.isNaN(Date.parse(value.toUpperCase()));
}

const compiled = new Map<string, RegExp | undefined>();

/** Whether a text has a pattern of Go's kind (RE2). A pattern that JavaScript cannot compile has no effect. */
export function matchesPattern(text: string, pattern: string): boolean {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern)?.test(text) ?? true;
}

/** What Go says of a pattern that is none, where both languages agree that it is none. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const found = goProblems.find(([text]) => message.includes(text));
    return found && `error parsing regexp: ${found[1]}: \`${pattern}\``;
  }
}

const goProblems = [
  ['Unterminated group', 'missing closing )'],
  ['Unterminated character class', 'missing closing ]'],
  ["Unmatched ')'", 'unexpected )'],
  ['Nothing to repeat', 'missing argument to repetition operator'],
] as const;

function compile(pattern: string): RegExp | undefined {
  const source = grouped(pattern).replaceAll('\\A', '^').replaceAll('\\z', '$');
  for (const flags of ['u', '']) {
    try {
      return new RegExp(source, flags);
    } catch {
      // The next try is without Unicode's stricter escapes.
    }
  }
  return undefined;
}

/** Go's flags apply from where they stand, `^(?i)a`; JavaScript's need a group, `^(?i:a)`. */
function grouped(pattern: string): string {
  const [found = '', flags = ''] = /\(\?([ims]+)\)/.exec(pattern) ?? [];
  if (found === '') return pattern;
  const at = pattern.indexOf(found);
  return `${pattern.slice(0, at)}(?${flags}:${grouped(pattern.slice(at + found.length))})`;
}
