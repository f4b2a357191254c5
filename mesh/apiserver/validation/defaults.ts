import { resolve } from '#mesh/apiserver/shapes/definitions.ts';
import {
  type DefaultCondition,
  type DefaultsNode,
  nativeDefaults,
} from '#mesh/apiserver/shapes/native-defaults.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import type { Shape } from '#mesh/apiserver/shapes/shape.ts';
import { isObject, propertyOf } from '#mesh/apiserver/validation/shape.ts';

/** The object with the defaults of its shape; the same object when it lacks none. The given object is not changed. */
export function applyDefaults<Value>(object: Value, shape: Shape): Value {
  if (shape.native) return applyNativeDefaults(object, shape);
  return structural(object, shape.schema) as Value;
}

/** Structural defaulting of a CRD: what is absent takes its schema's default, and so does a null that may be none. */
function structural(value: unknown, raw: Schema): unknown {
  const schema = resolve(raw);
  if (Array.isArray(value)) return schema.items ? defaultedList(value, schema.items) : value;
  return isObject(value) ? defaultedObject(value, schema) : value;
}

function defaultedList(list: readonly unknown[], items: Schema): readonly unknown[] {
  const filled = list.map((element) => structural(element, items));
  return filled.some((element, index) => element !== list[index]) ? filled : list;
}

function defaultedObject(object: Readonly<Record<string, unknown>>, schema: Schema): unknown {
  const changed = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(object)) {
    const known = propertyOf(schema, name) ?? schema.additionalProperties;
    if (typeof known !== 'object' || inner === null) continue;
    const filled = structural(inner, known);
    if (filled !== inner) changed.set(name, filled);
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.$ref !== undefined || property.allOf !== undefined)
      continue;
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    if (given !== undefined && (given !== null || property.nullable)) continue;
    changed.set(name, structural(structuredClone(property.default), property));
  }
  return changed.size === 0 ? object : { ...object, ...Object.fromEntries(changed) };
}

type Fields = Readonly<Record<string, unknown>>;

/** Defaults that other fields of the object changed, by path; undefined removes one. */
type Overrides = ReadonlyMap<string, unknown>;

/** An object of Kubernetes' own kinds with what Kubernetes' code sets in it; the same object when it lacks nothing. */
function applyNativeDefaults<Value>(object: Value, { apiVersion, kind, schema }: Shape): Value {
  const tree = nativeDefaults(apiVersion, kind);
  if (tree === undefined || !isObject(object)) return object;
  return filled(object, { node: tree, schema, overrides: new Map() }) as Value;
}

interface Place {
  readonly node: DefaultsNode;
  readonly schema: Schema;
  readonly overrides: Overrides;
}

function filled(object: Fields, place: Place): Fields {
  const overrides = withConditions(object, place);
  const changed = new Map<string, unknown>();
  for (const [name, node] of place.node.fields) {
    const schema = propertyOf(resolve(place.schema), name) ?? {};
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    const value = isAbsent(given, node)
      ? defaultOf({ node, schema, overrides }, object)
      : within(given, { node, schema, overrides });
    if (value !== given && value !== undefined) changed.set(name, value);
  }
  return changed.size === 0 ? object : { ...object, ...Object.fromEntries(changed) };
}

function within(given: unknown, { node, schema, overrides }: Place): unknown {
  if (isObject(given)) return filled(given, { node, schema, overrides });
  if (!Array.isArray(given) || node.element === undefined) return given;
  const place = { node: node.element, schema: resolve(schema).items ?? {}, overrides };
  const elements = given.map((element) => (isObject(element) ? filled(element, place) : element));
  return elements.some((element, index) => element !== given[index]) ? elements : given;
}

/** Kubernetes' code sees no difference between an absent string or list and an empty one. */
function isAbsent(given: unknown, node: DefaultsNode): boolean {
  if (given === undefined || given === null || given === '') return true;
  return Array.isArray(given) && given.length === 0 && Array.isArray(node.default);
}

function defaultOf({ node, schema, overrides }: Place, owner: Fields): unknown {
  if (overrides.has(node.path)) return overrides.get(node.path);
  const beneath = [...overrides].filter(([path]) => path.startsWith(`${node.path}.`));
  if (beneath.some(([, value]) => value === undefined)) return undefined;
  if (node.default !== undefined) return pullPolicy(node, owner) ?? structuredClone(node.default);
  if (!isStruct(schema) && beneath.length === 0) return undefined;
  const made = filled({}, { node, schema, overrides });
  return Object.keys(made).length === 0 ? undefined : made;
}

/** A struct that Go keeps by value exists even if nobody wrote it. */
function isStruct({ default: value }: Schema): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** An image without a tag, or with `latest`, is always pulled: a rule about the text, not about the field. */
function pullPolicy({ path }: DefaultsNode, owner: Fields): string | undefined {
  if (!/\.(?:imagePullPolicy|pullPolicy)$/.test(path)) return undefined;
  const image = String(owner['image'] ?? owner['reference'] ?? '');
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (image === '' || name.includes('@')) return undefined;
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : undefined;
}

function withConditions(object: Fields, { node, overrides }: Place): Overrides {
  const holding = node.conditions.filter((condition) => holds(condition, object));
  if (holding.length === 0) return overrides;
  const all = new Map(overrides);
  for (const { field, set = {}, copy = [], unset = [] } of holding) {
    for (const [path, value] of Object.entries(set)) all.set(path, value);
    for (const path of copy) all.set(path, object[field]);
    for (const path of unset) all.set(path, undefined);
  }
  return all;
}

function holds({ field, is }: DefaultCondition, object: Fields): boolean {
  const given = Object.hasOwn(object, field) ? object[field] : undefined;
  return is === undefined ? given !== undefined && given !== null && given !== '' : given === is;
}
