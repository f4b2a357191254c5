import { isDeepStrictEqual } from 'node:util';
import { type FieldSet, member, nodeOf, noFields } from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import { isObject } from '#mesh/apiserver/object.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a change has done to an object's fields. */
export interface Comparison {
  /** Fields that are new, or have another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

interface Part {
  readonly changed?: FieldSet | undefined;
  readonly removed?: FieldSet | undefined;
}

const nothing: Part = {};

export function compare(before: Fields, after: Fields, type: FieldType): Comparison {
  const { changed = noFields, removed = noFields } = compareObjects(before, after, type);
  return { changed, removed };
}

function compareValues(before: unknown, after: unknown, type: FieldType | undefined): Part {
  if (before === after) return nothing;
  if (isAbsent(before, type)) return isAbsent(after, type) ? nothing : { changed: everything(after, type) };
  if (isAbsent(after, type)) return { removed: everything(before, type) };
  if (isMergedObject(before, type) && isMergedObject(after, type)) return compareObjects(before, after, type);
  if (type && isMergedList(before, type) && isMergedList(after, type))
    return compareLists(before, after, type);
  if (isDeepStrictEqual(before, after)) return nothing;
  return isMerged(before, type) || isMerged(after, type)
    ? { removed: everything(before, type), changed: everything(after, type) }
    : { changed: member };
}

function compareObjects(before: Fields, after: Fields, type: FieldType | undefined): Part {
  const parts: [string, Part][] = [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const fresh = Object.hasOwn(after, name) ? after[name] : undefined;
    if (old === fresh) continue;
    const inner = type?.field(name);
    const always = type?.isAlwaysThere(name) === true && (isMerged(old, inner) || isMerged(fresh, inner));
    const part = always
      ? compareValues(orEmpty(old, fresh), orEmpty(fresh, old), inner)
      : compareValues(old, fresh, inner);
    if (part !== nothing) parts.push([`f:${name}`, part]);
  }
  return joined(parts);
}

/** Go has an empty struct, list or map where a JSON object has nothing. */
function orEmpty(value: unknown, other: unknown): unknown {
  if (value !== undefined && value !== null) return value;
  if (Array.isArray(other)) return [];
  return isObject(other) ? {} : undefined;
}

function compareLists(before: readonly unknown[], after: readonly unknown[], type: FieldType): Part {
  const old = itemsByKey(before, type);
  const fresh = itemsByKey(after, type);
  const keys = new Set([...old.keys(), ...fresh.keys()]);
  const parts = [...keys].map((key): [string, Part] => [
    key,
    compareItems(old.get(key) ?? [], fresh.get(key) ?? [], type),
  ]);
  return joined(parts.filter(([, part]) => part !== nothing));
}

/** A duplicate item is one whole: nobody can name its fields. */
function compareItems(before: readonly unknown[], after: readonly unknown[], type: FieldType): Part {
  if (before.length <= 1 && after.length <= 1) return compareValues(before[0], after[0], type.items);
  if (isDeepStrictEqual(before, after)) return nothing;
  return { changed: member };
}

export function itemsByKey(list: readonly unknown[], type: FieldType): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const key = type.keyOf(item);
    if (key === undefined) continue;
    const same = items.get(key);
    if (same) same.push(item);
    else items.set(key, [item]);
  }
  return items;
}

function joined(parts: readonly (readonly [string, Part])[]): Part {
  const joinOf = (which: keyof Part) =>
    nodeOf(
      parts.flatMap(([key, part]): [string, FieldSet][] => (part[which] ? [[key, part[which]]] : [])),
      false,
    );
  const changed = joinOf('changed');
  const removed = joinOf('removed');
  return changed || removed ? { changed, removed } : nothing;
}

/** A value and all beneath it, as fields that come or go together. */
function everything(value: unknown, type: FieldType | undefined): FieldSet {
  if (isMergedObject(value, type)) {
    const structs = type?.structs.filter((name) => isAbsent(value[name], type.field(name))) ?? [];
    const fields: [string, unknown][] = [
      ...Object.entries(value),
      ...structs.map((name): [string, unknown] => [name, {}]),
    ];
    const present = fields.filter(([name, inner]) => !isAbsent(inner, type?.field(name)));
    return node(present.map(([name, inner]) => [`f:${name}`, everything(inner, type?.field(name))]));
  }
  if (!type || !isMergedList(value, type)) return member;
  return node(
    [...itemsByKey(value, type)].map(([key, items]) => [
      key,
      items.length > 1 ? member : everything(items[0], type.items),
    ]),
  );
}

function node(children: readonly (readonly [string, FieldSet])[]): FieldSet {
  return nodeOf(children, true) ?? member;
}

/** Go drops a null; the objects of a CustomResourceDefinition keep it. */
export function isAbsent(value: unknown, type: FieldType | undefined): boolean {
  return value === undefined || (value === null && type?.native !== false);
}

export function isMerged(value: unknown, type: FieldType | undefined): boolean {
  return isMergedObject(value, type) || isMergedList(value, type);
}

/** An object whose fields can have different managers. */
export function isMergedObject(value: unknown, type: FieldType | undefined): value is Fields {
  return isObject(value) && type?.atomicObject !== true;
}

/** A list whose items can have different managers. */
export function isMergedList(value: unknown, type: FieldType | undefined): value is readonly unknown[] {
  return Array.isArray(value) && type !== undefined && type.list !== 'atomic';
}
