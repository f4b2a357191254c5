import { isMergedList, isMergedObject, itemsByKey } from '#mesh/apiserver/field-managers/comparison.ts';
import {
  elementText,
  type FieldSet,
  isEmptySet,
  member,
  nodeOf,
  noFields,
} from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import { isObject } from '#mesh/apiserver/object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields that an applied object has an opinion on. Objects within it are none by themselves, unless they are empty;
 * items of a list and keys of a map are.
 */
export function appliedFields(object: Fields, type: FieldType): FieldSet {
  return nodeOf(fieldsWithin(object, type), false) ?? noFields;
}

function fieldsWithin(object: Fields, type: FieldType | undefined): [string, FieldSet][] {
  return Object.entries(object).flatMap(([name, value]): [string, FieldSet][] => {
    const inner = type?.field(name);
    const itself = !isPart(value, inner) || type?.names(name) !== true;
    const node = nodeOf(beneath(value, inner), itself);
    return node === undefined ? [] : [[`f:${name}`, node]];
  });
}

/** Whether a value is owned by way of what it holds only. */
function isPart(value: unknown, type: FieldType | undefined): boolean {
  if (isMergedObject(value, type)) return Object.keys(value).length > 0;
  return isMergedList(value, type);
}

function beneath(value: unknown, type: FieldType | undefined): [string, FieldSet][] {
  if (isMergedObject(value, type)) return fieldsWithin(value, type);
  if (!type || !isMergedList(value, type)) return [];
  return [...itemsByKey(value, type)].map(([key, items]) => [
    key,
    items.length > 1 ? member : (nodeOf(beneath(items[0], type.items), true) ?? member),
  ]);
}

/** Where an applied object does not fit its schema, in Kubernetes' words: `.spec.foo: field not declared in schema`. */
export function misfits(object: Fields, type: FieldType): string[] {
  return [...valueMisfits(object, type, '')];
}

function* valueMisfits(value: unknown, type: FieldType | undefined, path: string): Iterable<string> {
  if (value === null || type === undefined) return;
  const wanted = type.schema.type;
  if (isObject(value)) {
    if (wanted === undefined || wanted === 'object') yield* objectMisfits(value, type, path);
    else yield `${path}: ${wrongType(wanted, value)}`;
  } else if (Array.isArray(value)) {
    if (wanted === undefined || wanted === 'array') yield* listMisfits(value, type, path);
    else yield `${path}: ${wrongType(wanted, value)}`;
  } else if (wanted !== undefined && !isScalarOf(value, type)) {
    yield `${path}: ${wrongType(wanted, value)}`;
  }
}

function* objectMisfits(object: Fields, type: FieldType, path: string): Iterable<string> {
  for (const [name, value] of Object.entries(object)) {
    const inner = type.field(name);
    if (inner === undefined) yield `${path}.${name}: field not declared in schema`;
    else yield* valueMisfits(value, inner, `${path}.${name}`);
  }
}

function* listMisfits(list: readonly unknown[], type: FieldType, path: string): Iterable<string> {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const key = type.list === 'atomic' ? `i:${index}` : type.keyOf(item);
    if (key === undefined) {
      yield `${path}: element ${index}: ${withoutKey(item, type)}`;
      return;
    }
    if (seen.has(key)) yield `${path}: duplicate entries for key ${elementText(key)}`;
    seen.add(key);
    yield* valueMisfits(item, type.items, path + elementText(key));
  }
}

function withoutKey(item: unknown, { list, keys }: FieldType): string {
  if (list === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return Array.isArray(item)
      ? 'not supported: associative list with lists as elements'
      : "associative list without keys has an element that's a map type";
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  const names = keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

/** Strings with a format are any scalar: a quantity, a time, an integer or a string. */
function isScalarOf(value: unknown, { schema }: FieldType): boolean {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || typeof value === 'number';
  const { type, format } = schema;
  if (type === 'string') return typeof value === 'string' || !['', 'byte'].includes(format ?? '');
  if (type === 'integer' || type === 'number') return typeof value === 'number';
  return type === 'boolean' ? typeof value === 'boolean' : false;
}

function wrongType(wanted: string, value: unknown): string {
  if (wanted === 'integer' || wanted === 'number') {
    return `expected numeric (int or float), got ${goType(value)}`;
  }
  if (wanted === 'string')
    return `expected string, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`;
  const expected = wanted === 'boolean' ? 'boolean' : wanted === 'array' ? 'list' : 'map';
  return `expected ${expected}, got &{${goText(value)}}`;
}

function goType(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** As Go prints a value with `%v`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const sorted = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `map[${sorted.map(([name, inner]) => `${name}:${goText(inner)}`).join(' ')}]`;
}

/** Leaves out what no manager owns: an object's identity, and what the server keeps of it. */
export function withoutIdentity(set: FieldSet): FieldSet {
  const { 'f:apiVersion': _, 'f:kind': __, 'f:metadata': metadata, ...rest } = set;
  if (metadata === undefined) return rest;
  const owned = Object.entries(metadata as FieldSet).filter(([key]) => !notOwned.has(key));
  return owned.length === 0 ? rest : { 'f:metadata': Object.fromEntries(owned), ...rest };
}

const notOwned: ReadonlySet<string> = new Set([
  '.',
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation']
    .concat('managedFields', 'resourceVersion')
    .map((name) => `f:${name}`),
]);

/** Of a set, what a request may change: the status by its subresource only, and nothing else by that. */
export function writable(
  set: FieldSet,
  { subresource, hasStatus }: { readonly subresource?: string | undefined; readonly hasStatus: boolean },
): FieldSet {
  if (!hasStatus || isEmptySet(set)) return set;
  const { 'f:status': status, ...rest } = set;
  if (subresource !== 'status') return status === undefined ? set : rest;
  return status === undefined ? noFields : { 'f:status': status };
}
