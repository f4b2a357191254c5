import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../shapes/schema.ts';
import { type Cause, duplicate, invalid, tooMany } from './cause.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a schema says of a list as a whole: its length, and that no element comes twice. */
export function* listCauses(list: readonly unknown[], schema: Schema, field: string): Iterable<Cause> {
  const { minItems, maxItems, uniqueItems } = schema;
  if (maxItems !== undefined && list.length > maxItems) yield tooMany(field, list.length, maxItems);
  if (minItems !== undefined && list.length < minItems) {
    yield invalid(field, list.length, `${field} in body should have at least ${minItems} items`);
  }
  const identity = identityOf(schema);
  if (identity) yield* duplicates(list, identity, field);
  else if (
    uniqueItems &&
    list.some((one, index) => list.slice(0, index).some((other) => isDeepStrictEqual(one, other)))
  ) {
    yield invalid(field, list, `${field} in body shouldn't contain duplicates`);
  }
}

/** What distinguishes the elements of a set, or of a list that is a map; undefined for any other list. */
export function identityOf(schema: Schema): ((element: unknown) => unknown) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (element) => element;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return undefined;
  return (element) => {
    if (typeof element !== 'object' || element === null) return undefined;
    const known = keys.filter((key) => Object.hasOwn(element, key) || Object.hasOwn(defaultsOf(schema), key));
    return Object.fromEntries(known.map((key) => [key, (element as Fields)[key] ?? defaultsOf(schema)[key]]));
  };
}

/** A key that is left out counts with its default: a port's protocol is TCP. */
function defaultsOf({ items }: Schema): Fields {
  const entries = Object.entries(items?.properties ?? {}).filter(
    ([, { default: value }]) => value !== undefined,
  );
  return Object.fromEntries(entries.map(([name, { default: value }]) => [name, value]));
}

function* duplicates(
  list: readonly unknown[],
  identity: (element: unknown) => unknown,
  field: string,
): Iterable<Cause> {
  const seen = new Set<string>();
  for (const [index, element] of list.entries()) {
    const key = identity(element);
    if (key === undefined) continue;
    const text = JSON.stringify(key);
    if (seen.has(text)) yield duplicate(`${field}[${index}]`, key);
    seen.add(text);
  }
}
