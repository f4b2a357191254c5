import {
  isMerged,
  isMergedList,
  isMergedObject,
  itemsByKey,
} from '#mesh/apiserver/field-managers/comparison.ts';
import { childOf, type FieldSet, isMember } from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The object with all that was applied; nothing of it goes. What does not change is shared with it. */
export function merged(live: Fields, applied: Fields, type: FieldType): Fields {
  return mergedObject(live, applied, type);
}

function mergedValue(live: unknown, applied: unknown, type: FieldType | undefined): unknown {
  if (applied === undefined) return live;
  if (isMergedObject(applied, type))
    return mergedObject(isMergedObject(live, type) ? live : {}, applied, type);
  if (type && isMergedList(applied, type)) return mergedList(Array.isArray(live) ? live : [], applied, type);
  // A null says nothing about the fields of an object or a list.
  if (applied === null && isMerged(live, type)) return live;
  return applied;
}

function mergedObject(live: Fields, applied: Fields, type: FieldType | undefined): Fields {
  const all = new Map(Object.entries(live));
  for (const [name, value] of Object.entries(applied)) {
    const inner = type?.field(name);
    const result = mergedValue(all.get(name), value, inner);
    if (result === null && inner?.native) all.delete(name);
    else all.set(name, result);
  }
  return Object.fromEntries(all);
}

/** Items of both are in the applied order, and those that only the live list has stay where they stood. */
function mergedList(live: readonly unknown[], applied: readonly unknown[], type: FieldType): unknown[] {
  const old = itemsByKey(live, type);
  const fresh = itemsByKey(applied, type);
  const left = live.map((item) => ({ item, key: type.keyOf(item) ?? '' }));
  const right = [...fresh].map(([key, [item]]) => ({ item, key }));
  const shared = right.map(({ key }) => key).filter((key) => old.has(key));
  const result: unknown[] = [];
  const take = ({ item, key }: { readonly item: unknown; readonly key: string }) => {
    if (shared[0] === key) shared.shift();
    const same = old.get(key);
    result.push(mergedValue(same?.length === 1 ? same[0] : undefined, item, type.items));
  };
  let from = 0;
  for (const next of right) {
    // Live items that nobody applies come first, and so do those behind an item that has its turn now.
    while (from < left.length && left[from]?.key !== next.key) {
      const { item, key } = left[from] as { item: unknown; key: string };
      if (!fresh.has(key)) result.push(item);
      else if (shared[0] === key) break;
      from += 1;
    }
    if (left[from]?.key === next.key) from += 1;
    take(next);
  }
  return [...result, ...left.slice(from).flatMap(({ item, key }) => (fresh.has(key) ? [] : [item]))];
}

export interface Removal {
  /** What the manager applied before. */
  readonly last: FieldSet;
  /** What anybody has now, this manager included. */
  readonly owned: FieldSet;
}

/** The merged object without fields that its manager applied before, applies no more, and nobody else owns. */
export function withoutAbandoned(object: Fields, { last, owned }: Removal, type: FieldType): Fields {
  return keptFields(object, { last, owned, orphan: false }, type) ?? {};
}

interface Place {
  readonly last: FieldSet;
  readonly owned: FieldSet | undefined;
  /** Nobody has the item that this is in: then everything that was applied in it goes. */
  readonly orphan: boolean;
}

function keptFields(object: Fields, place: Place, type: FieldType | undefined): Fields | undefined {
  const entries = Object.entries(object);
  const kept = entries.flatMap(([name, value]): [string, unknown][] => {
    const named = type?.names(name) === true;
    const inner = keptValue(value, { place, key: `f:${name}`, named }, type?.field(name));
    return inner === undefined ? [] : [[name, inner]];
  });
  if (kept.length === entries.length && kept.every(([name, value]) => value === object[name])) return object;
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function keptItems(list: readonly unknown[], place: Place, type: FieldType): readonly unknown[] | undefined {
  const kept = list.flatMap((item) => {
    const inner = keptValue(item, { place, key: type.keyOf(item) ?? '', named: false }, type.items);
    return inner === undefined ? [] : [inner];
  });
  if (kept.length === list.length && kept.every((item, index) => item === list[index])) return list;
  return kept.length === 0 ? undefined : kept;
}

interface Child {
  readonly place: Place;
  readonly key: string;
  /** A field that the schema names counts as a member as soon as something beneath it does. */
  readonly named: boolean;
}

function keptValue(value: unknown, { place, key, named }: Child, type: FieldType | undefined): unknown {
  const last = childOf(place.last, key);
  if (last === undefined) return value;
  const owned = childOf(place.owned, key);
  const isOwned = !place.orphan && owned !== undefined && (named || isMember(owned));
  if (!isOwned && (named || isMember(last))) return undefined;
  const inner = { last, owned, orphan: !isOwned };
  if (isMergedObject(value, type)) return keptFields(value, inner, type);
  return type && isMergedList(value, type) ? keptItems(value, inner, type) : value;
}
