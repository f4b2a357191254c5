import { z } from 'zod';
import { resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { once } from '#mesh/once.ts';
import { ownValue } from '#mesh/own-value.ts';

const plainName = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A path as a person writes it: `spec.http[0].retries.attempts`, `metadata.labels["app.kubernetes.io/name"]`. */
export function fieldPath(path: YamlPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!plainName.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** What stands at a path. */
export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((parent, step) => {
    if (typeof parent !== 'object' || parent === null) return undefined;
    return Object.hasOwn(parent, step)
      ? (parent as Readonly<Record<string | number, unknown>>)[step]
      : undefined;
  }, value);
}

/** A value in a message, shortened: `number 2`, `string "abc"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return describeObject(Object.keys(value));
  const text = JSON.stringify(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 57)}…"` : text}`;
}

/** A message is for reading. */
const MOST_NAMES = 10;

function describeObject(names: readonly string[]): string {
  if (names.length === 0) return 'an empty object';
  const shown = names.slice(0, MOST_NAMES).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return `an object with ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The schema inside defaults, optionals and refinements. */
export function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodType ? unwrapped(schema) : schema;
}

const unwrapped = once((schema: z.ZodType): unknown => {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable
  ) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
});

/** The schema of a member: an object's field, a list's item, a map's value. */
export function descend(schema: unknown, step: PropertyKey): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return ownValue(inner.shape, String(step));
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

/** What the official shape says of a member: an object's field, a list's item, a map's value. */
export function memberOf(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties, additionalProperties, items } = resolve(schema);
  if (typeof step === 'number') return items;
  if (properties !== undefined && Object.hasOwn(properties, step)) return properties[step];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

export function schemaAt(schema: Schema | undefined, path: YamlPath): Schema | undefined {
  return path.reduce(memberOf, schema);
}

/** The names of an object's fields; none for anything else. */
export function fieldNames(schema: Schema | undefined): readonly string[] {
  return schema === undefined ? [] : Object.keys(resolve(schema).properties ?? {});
}

/**
 * A field of a message (`spec.http[0].retries`, `metadata.labels[app.kubernetes.io/name]`) as steps into the object that it is
 * about: only the object distinguishes a dot in a name from one between two names.
 */
export function stepsOf(field: string, object: unknown): (string | number)[] {
  const steps: (string | number)[] = [];
  let value = object;
  let rest = field;
  while (rest !== '') {
    const { step, length } = firstStep(rest, value);
    steps.push(step);
    value = isRecord(value) ? value[step] : undefined;
    rest = rest.slice(length);
  }
  return steps;
}

function firstStep(rest: string, value: unknown): { step: string | number; length: number } {
  const index = Array.isArray(value) ? /^\[(\d+)\]/.exec(rest) : null;
  if (index) return { step: Number(index[1]), length: index[0].length };
  const bracket = rest.startsWith('[');
  const text = bracket || rest.startsWith('.') ? rest.slice(1) : rest;
  const step = ownPrefix(text, value, bracket) ?? /^[^.[\]]+/.exec(text)?.[0] ?? text;
  return { step, length: rest.length - text.length + step.length + (bracket ? 1 : 0) };
}

/** The longest name of a member with which the text begins and may go on behind; without looking at all the others. */
function ownPrefix(text: string, value: unknown, bracket: boolean): string | undefined {
  if (!isRecord(value)) return undefined;
  const ends = [...text.matchAll(bracket ? /\]/g : /[.[]/g)].map(({ index }) => index);
  const candidates = [...(bracket ? [] : [text.length]), ...ends.reverse()];
  return candidates
    .map((end) => text.slice(0, end))
    .find((name) => name !== '' && Object.hasOwn(value, name));
}

function isRecord(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null;
}
