import { elementJson } from '#mesh/apiserver/field-managers/field-set.ts';
import { isObject } from '#mesh/apiserver/object.ts';
import { referenceOf, resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import type { Shape } from '#mesh/apiserver/shapes/shape.ts';

/** What distinguishes the items of a list: nothing, their value, or some of their fields. */
export type ListKind = 'atomic' | 'set' | 'map';

const rawExtension = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

interface Surroundings {
  /** Of Kubernetes' own kinds, which Go keeps in structs. */
  readonly native: boolean;
  /** Fields that the schema does not name are kept, here and beneath. */
  readonly open: boolean;
}

/** What managing fields has to know of a value's schema. See https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy. */
export class FieldType {
  readonly native: boolean;
  readonly schema: Schema;
  /** A whole: who sets a field of it sets all. */
  readonly atomicObject: boolean;
  readonly list: ListKind;
  /** Structs that Go keeps by value: they exist, empty, even if nobody wrote them. */
  readonly structs: readonly string[];
  readonly #keys: readonly string[];
  readonly #open: boolean;
  readonly #fields = new Map<string, FieldType>();
  #items: FieldType | undefined;

  constructor(raw: Schema, { native, open }: Surroundings) {
    const schema = whole(resolve(raw));
    this.schema = schema;
    this.native = native || referenceOf(raw) !== undefined;
    this.#open = open || schema['x-kubernetes-preserve-unknown-fields'] === true;
    this.atomicObject = schema['x-kubernetes-map-type'] === 'atomic' || referenceOf(raw) === rawExtension;
    const { kind, keys } = listKindOf(schema);
    this.list = kind;
    this.#keys = keys;
    const fields = this.native ? Object.entries(schema.properties ?? {}) : [];
    this.structs = fields.filter(([, field]) => isStruct(field)).map(([name]) => name);
  }

  /** Whether the schema names the field; the keys of a map it does not. */
  names(name: string): boolean {
    return this.schema.properties !== undefined && Object.hasOwn(this.schema.properties, name);
  }

  /** Whether Go writes the field even when it is empty. */
  isAlwaysThere(name: string): boolean {
    return this.native && (this.structs.includes(name) || this.schema.required?.includes(name) === true);
  }

  /** The type of a field, or of a map's values; undefined for a field that the schema does not know. */
  field(name: string): FieldType | undefined {
    const known = this.#fields.get(name);
    if (known) return known;
    const raw = this.#fieldSchema(name);
    if (raw === undefined) return undefined;
    const made =
      raw === deduced.schema ? deduced : new FieldType(raw, { native: this.native, open: this.#open });
    if (this.names(name)) this.#fields.set(name, made);
    return made;
  }

  #fieldSchema(name: string): Schema | undefined {
    const { properties, additionalProperties: further } = this.schema;
    if (this.names(name)) return properties?.[name];
    if (typeof further === 'object') return further;
    if (further !== undefined) return further ? deduced.schema : undefined;
    return this.#open || properties === undefined || Object.keys(properties).length === 0
      ? deduced.schema
      : undefined;
  }

  get items(): FieldType {
    const raw = this.schema.items;
    this.#items ??= raw ? new FieldType(raw, { native: this.native, open: this.#open }) : deduced;
    return this.#items;
  }

  /** What an item of a list is called in a set of fields, `k:{"name":"a"}`; undefined when it has none of its keys. */
  keyOf(item: unknown): string | undefined {
    if (this.list === 'set') return typeof item === 'object' ? undefined : `v:${elementJson(item)}`;
    if (!isObject(item)) return undefined;
    const fields = this.#keys.flatMap((key): [string, unknown][] => {
      const value = item[key] ?? this.items.schema.properties?.[key]?.default;
      return value === undefined ? [] : [[key, value]];
    });
    return fields.length === 0 ? undefined : `k:${elementJson(Object.fromEntries(fields))}`;
  }

  get keys(): readonly string[] {
    return this.#keys;
  }
}

/** Without a schema, objects are merged field by field and lists are wholes. */
const deduced: FieldType = new FieldType({}, { native: false, open: true });

const types = new WeakMap<Schema, FieldType>();

/** The type of a kind's objects. */
export function fieldTypeOf(shape: Shape | undefined): FieldType {
  if (shape === undefined) return deduced;
  const known = types.get(shape.schema);
  if (known) return known;
  const made = new FieldType(shape.schema, { native: shape.native, open: false });
  types.set(shape.schema, made);
  return made;
}

/** A CRD that bounds a name says so beside the reference to the metadata. */
function whole(schema: Schema): Schema {
  const [first] = schema.allOf ?? [];
  return first !== undefined && schema.properties === undefined && referenceOf(first) !== undefined
    ? resolve(first)
    : schema;
}

/** Lists without a type are merged as a strategic patch merges them, or else are wholes. */
function listKindOf(schema: Schema): { readonly kind: ListKind; readonly keys: readonly string[] } {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set' || type === 'atomic') return { kind: type, keys: [] };
  if (type === 'map') {
    return { kind: 'map', keys: [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort() };
  }
  const merged = schema['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;
  const key = schema['x-kubernetes-patch-merge-key'];
  if (!merged) return { kind: 'atomic', keys: [] };
  return key === undefined ? { kind: 'set', keys: [] } : { kind: 'map', keys: [key] };
}

function isStruct({ default: value }: Schema): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
