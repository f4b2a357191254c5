import { isDeepStrictEqual } from 'node:util';
import type { Comparison } from '#mesh/apiserver/field-managers/comparison.ts';
import {
  difference,
  elementJson,
  type FieldSet,
  isEmptySet,
  union,
} from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import {
  type DraftObject,
  isObject,
  type KubernetesObject,
  type ManagedFieldsEntry,
} from '#mesh/apiserver/object.ts';

export type Entries = readonly ManagedFieldsEntry[];
export type Manager = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion'> & {
  readonly subresource?: string | undefined;
};

/** Managers that update an object; where there are more, the oldest are put together. */
const mostUpdaters = 10;
const oldUpdaters = 'ancient-changes';

/** Two entries with the same identity are one: who applies, applies in any version. */
export function identityOf({ manager, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify({
    manager,
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource && { subresource }),
  });
}

export function entryOf(manager: Manager, fieldsV1: FieldSet, time: string | undefined): ManagedFieldsEntry {
  const { operation, apiVersion, subresource } = manager;
  return {
    manager: manager.manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource && { subresource }),
  };
}

/** The entry with these fields; the entry itself if they are the same. */
export function withFields(entry: ManagedFieldsEntry, fieldsV1: FieldSet): ManagedFieldsEntry {
  return entry.fieldsV1 === fieldsV1 ? entry : { ...entry, fieldsV1 };
}

/** Those who still have something, in Kubernetes' order: who applies first, then the oldest. */
export function ordered(entries: Entries): ManagedFieldsEntry[] {
  return entries.filter(({ fieldsV1 }) => !isEmptySet(fieldsV1)).sort(byAge);
}

function byAge(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  return (
    byText(left.operation, right.operation) ||
    byText(left.time ?? '', right.time ?? '') ||
    byText(left.manager, right.manager) ||
    byText(left.apiVersion, right.apiVersion) ||
    byText(left.subresource ?? '', right.subresource ?? '')
  );
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Merges the oldest updaters of a version until there are at most ten. */
export function capped(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updaters = ordered(entries.filter(({ operation }) => operation === 'Update'));
  let surplus = updaters.length - mostUpdaters;
  if (surplus <= 0) return [...entries];
  const buckets = new Map<string, ManagedFieldsEntry[]>();
  for (const entry of updaters) {
    const bucket = buckets.get(entry.apiVersion);
    if (surplus > 0 && bucket) surplus -= 1;
    else if (surplus <= 0) break;
    if (bucket) bucket.push(entry);
    else buckets.set(entry.apiVersion, [entry]);
  }
  const several = [...buckets.values()].filter((bucket) => bucket.length > 1);
  const gone = new Set(several.flat());
  return [...entries.filter((entry) => !gone.has(entry)), ...several.map(together)];
}

function together(bucket: readonly ManagedFieldsEntry[]): ManagedFieldsEntry {
  const { apiVersion, time } = bucket.at(-1) as ManagedFieldsEntry;
  const fields = bucket.map(({ fieldsV1 }) => fieldsV1).reduce(union);
  return entryOf({ manager: oldUpdaters, operation: 'Update', apiVersion }, fields, time);
}

/**
 * The entries to begin an update with. A client may write them; an empty list, or one empty entry, takes them all away,
 * and entries that make no sense change nothing.
 */
export function entriesToUpdate(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  subresource: string | undefined,
): Entries {
  const live = before?.metadata.managedFields ?? [];
  const written: unknown = after.metadata.managedFields;
  if (written === undefined || written === null || written === live || subresource) return live;
  if (!Array.isArray(written)) return live;
  if (written.length === 0 || isDeepStrictEqual(written, [{}])) return [];
  const read = written.map(readEntry);
  return read.every((entry) => entry !== undefined) ? read : live;
}

function readEntry(entry: unknown): ManagedFieldsEntry | undefined {
  if (!isObject(entry)) return undefined;
  const { manager = '', operation, apiVersion, time, fieldsType, fieldsV1 = {}, subresource } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (typeof manager !== 'string' || typeof apiVersion !== 'string' || apiVersion === '') return undefined;
  const fields = fieldsType === 'FieldsV1' ? readFields(fieldsV1) : undefined;
  if (fields === undefined) return undefined;
  const writer = {
    manager,
    operation,
    apiVersion,
    ...(typeof subresource === 'string' && { subresource }),
  } as const;
  return entryOf(writer, fields, typeof time === 'string' ? time : undefined);
}

/** A set of fields as a client wrote it, with its keys as they are written here; undefined when it is none. */
function readFields(fields: unknown): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const read = Object.entries(fields).flatMap(([key, inner]): [string, FieldSet | undefined][] => {
    if (key === '.') return [[key, {}]];
    // Of a kind that a later version may know.
    if (!/^[fkvi]:/.test(key)) return key.length < 2 || key[1] !== ':' ? [[key, undefined]] : [];
    const element = readElement(key);
    return [[element ?? key, element === undefined ? undefined : readFields(inner)]];
  });
  return read.every(([, inner]) => inner !== undefined)
    ? Object.fromEntries(read as [string, FieldSet][])
    : undefined;
}

function readElement(key: string): string | undefined {
  if (!/^[kv]:/.test(key)) return key;
  try {
    const value: unknown = JSON.parse(key.slice(2));
    if (key.startsWith('v:')) return `v:${elementJson(value)}`;
    if (!isObject(value)) return undefined;
    return `k:${elementJson(Object.fromEntries(Object.entries(value).sort(([a], [b]) => byText(a, b))))}`;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The object without its managers, which are nobody's fields. */
export function content({ metadata: { managedFields: _, ...metadata }, ...rest }: DraftObject): Fields {
  return { ...rest, metadata };
}

export function withManagers<Kept extends DraftObject>(object: Kept, entries: Entries): Kept {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

/** An object of Go's kind has its structs before anything is written to it. */
export function emptyObject(type: FieldType): Fields {
  return type.native ? Object.fromEntries(type.structs.map((name) => [name, {}])) : {};
}

/** What a manager keeps of its fields after a change by another. */
export function lessChange(fields: FieldSet, { changed, removed }: Comparison): FieldSet {
  return difference(difference(fields, changed), removed);
}
