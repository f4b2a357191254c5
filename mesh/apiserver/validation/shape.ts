import { nearest } from '#mesh/nearest.ts';
import { referenceOf, resolve } from '../shapes/definitions.ts';
import type { Schema } from '../shapes/schema.ts';
import type { Shape } from '../shapes/shape.ts';
import { type Cause, invalid, required, tooMany, wrongType } from './cause.ts';
import { listCauses } from './lists.ts';
import { ruleCauses } from './rules.ts';
import { isQuantity, scalarCauses } from './scalars.ts';

export interface UnknownField {
  /** `spec.http[0].retires`. */
  readonly field: string;
  /** The known field that it most likely means: `retries`. */
  readonly meant?: string;
}

export interface Findings {
  /** Fields that the shape does not have: an error, a warning or nothing, as the request's `fieldValidation` has it. */
  readonly unknown: readonly UnknownField[];
  readonly causes: readonly Cause[];
}

interface Place {
  readonly value: unknown;
  readonly schema: Schema;
  readonly field: string;
  /** The stored object's value at this place, for the rules that compare. */
  readonly old?: unknown;
  readonly native: boolean;
}

interface Sink {
  readonly unknown: UnknownField[];
  readonly causes: Cause[];
}

/**
 * Checks an object against its shape, in one walk. `old` is the stored object when this is an update. The rules in CEL
 * are asked only of an object whose structure is right, as in a cluster.
 */
export function validateShape(object: unknown, shape: Shape, old?: unknown): Findings {
  const sink: Sink = { unknown: [], causes: [] };
  walk({ value: object, schema: shape.schema, field: '', native: shape.native }, sink);
  if (!shape.native && sink.causes.length === 0) sink.causes.push(...ruleCauses(object, shape.schema, old));
  return sink;
}

/** The message of a 400 under `fieldValidation=Strict`. */
export function strictDecodingError(unknown: readonly UnknownField[]): string {
  return `strict decoding error: ${unknown.map(unknownFieldMessage).join(', ')}`;
}

/** One unknown field: the 400's part, and the `Warning:` under `fieldValidation=Warn`. */
export function unknownFieldMessage({ field }: UnknownField): string {
  return `unknown field "${field}"`;
}

function walk(place: Place, sink: Sink): void {
  const native = place.native || referenceOf(place.schema) !== undefined;
  const schema = resolve(place.schema);
  const { value, field } = place;
  if (value === null && (native || schema.nullable === true)) return;
  const wanted = typeProblem(value, schema);
  if (wanted !== undefined) {
    sink.causes.push(wrongType(field, typeName(value), wanted));
    return;
  }
  if (isQuantitySchema(place.schema) && !isQuantity(String(value))) {
    sink.causes.push(invalid(field, value, 'quantities must match the regular expression ' + QUANTITY));
  }
  if (Array.isArray(value)) walkList({ ...place, schema, native, value }, sink);
  else if (isObject(value)) walkObject({ ...place, schema, native, value }, sink);
  else sink.causes.push(...scalarCauses(value, schema, field, native));
  sink.causes.push(...junctorCauses({ ...place, schema, native }));
}

const QUANTITY = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function isQuantitySchema(schema: Schema): boolean {
  return referenceOf(schema)?.endsWith('.Quantity') === true;
}

function walkList(place: Place & { readonly value: readonly unknown[] }, sink: Sink): void {
  const { value, schema, field, native } = place;
  const items = schema.items && { ...schema, items: resolve(schema.items) };
  // Kubernetes' own lists may hold a key twice, unless its code forbids it: only server-side apply looks at their keys.
  if (!native) sink.causes.push(...listCauses(value, items ?? schema, field));
  if (schema.items === undefined) return;
  for (const [index, element] of value.entries()) {
    walk({ value: element, schema: schema.items, field: `${field}[${index}]`, native }, sink);
  }
}

function walkObject(place: Place & { readonly value: Readonly<Record<string, unknown>> }, sink: Sink): void {
  const { value, schema, field, native } = place;
  sink.causes.push(...sizeCauses(place), ...requiredCauses(place));
  const free = isFree(schema, native);
  for (const [name, inner] of Object.entries(value)) {
    const known = propertyOf(schema, name);
    const further = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    if (known) walk({ value: inner, schema: known, field: child(field, name), native }, sink);
    else if (further) walk({ value: inner, schema: further, field: `${field}[${name}]`, native }, sink);
    else if (!free) sink.unknown.push(unknownField(child(field, name), name, schema));
  }
}

function unknownField(field: string, name: string, schema: Schema): UnknownField {
  const meant = nearest(name, Object.keys(schema.properties ?? {}));
  return meant === undefined ? { field } : { field, meant };
}

/** Whether an object may have fields that the schema does not name. */
function isFree(schema: Schema, native: boolean): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties !== undefined)
    return true;
  return native && schema.properties === undefined;
}

export function propertyOf({ properties }: Schema, name: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

export function child(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`;
}

function* sizeCauses({ value, schema, field }: Place): Iterable<Cause> {
  const count = Object.keys(value as object).length;
  const { minProperties, maxProperties } = schema;
  if (maxProperties !== undefined && count > maxProperties) yield tooMany(field, count, maxProperties);
  if (minProperties === undefined || count >= minProperties) return;
  yield invalid(field, count, `${field} in body should have at least ${minProperties} properties`);
}

/**
 * Go knows no absent list, number or struct, only empty ones, which Kubernetes' code judges by itself. For its own kinds
 * only what is absent as a string or as a pointer is missed here.
 */
function* requiredCauses({ value, schema, field, native }: Place): Iterable<Cause> {
  for (const name of schema.required ?? []) {
    const given = (value as Readonly<Record<string, unknown>>)[name];
    const property = propertyOf(schema, name);
    const missing = native ? !isStatus(field) && isMissed(given, property) : given === undefined;
    if (missing) yield required(child(field, name));
  }
}

/** Controllers write the status, and Kubernetes takes it as it comes. */
const isStatus = (field: string) => field === 'status' || field.startsWith('status.');

function isMissed(given: unknown, property: Schema | undefined): boolean {
  if (given !== undefined && given !== null && given !== '') return false;
  if (property === undefined || property.type === 'array' || property.type === 'object') return false;
  return property.default === undefined || property.default === '';
}

/** `allOf`, `anyOf`, `oneOf` and `not`, each of which is asked only whether it holds. */
function* junctorCauses({ value, schema, field, native }: Place): Iterable<Cause> {
  const holds = (each: Schema) => isValid({ value, schema: each, field, native });
  const wrong = (detail: string) => invalid(field, '', `"${field}" must ${detail}`);
  if (schema.allOf?.every(holds) === false) yield wrong('validate all the schemas (allOf)');
  if (schema.anyOf?.some(holds) === false) yield wrong('validate at least one schema (anyOf)');
  if (schema.not && holds(schema.not)) yield wrong('not validate the schema (not)');
  const found = schema.oneOf?.filter(holds).length ?? 1;
  if (found === 1) return;
  const count = found === 0 ? 'Found none valid' : `Found ${found} valid alternatives`;
  yield wrong(`validate one and only one schema (oneOf). ${count}`);
}

function isValid(place: Place): boolean {
  const sink: Sink = { unknown: [], causes: [] };
  walk(place, sink);
  return sink.causes.length === 0;
}

/** The type that a value ought to have and has not. */
function typeProblem(value: unknown, schema: Schema): string | undefined {
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') {
    return typeof value === 'string' || Number.isInteger(value) ? undefined : 'integer,string';
  }
  if (schema.type === undefined) return undefined;
  const actual = typeName(value);
  const fits = actual === schema.type || (schema.type === 'number' && actual === 'integer');
  return fits ? undefined : schema.type;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
