import { resolve } from '../shapes/definitions.ts';
import type { Schema } from '../shapes/schema.ts';
import type { Shape } from '../shapes/shape.ts';
import { isObject, propertyOf } from './shape.ts';

/**
 * The object without the fields that its shape does not have: a cluster drops them, whatever it says about them. A
 * field that is null is one that is not there, unless its definition has a default for it or allows null. The same object when there is
 * nothing to drop.
 */
export function pruned<Value>(object: Value, { schema, native }: Shape): Value {
  return prunedValue(object, schema, native) as Value;
}

function prunedValue(value: unknown, raw: Schema, native: boolean): unknown {
  const schema = resolve(raw);
  if (Array.isArray(value)) return schema.items ? prunedList(value, schema.items, native) : value;
  return isObject(value) ? prunedObject(value, schema, native) : value;
}

function prunedList(list: readonly unknown[], items: Schema, native: boolean): readonly unknown[] {
  const kept = list.map((element) => prunedValue(element, items, native));
  return kept.some((element, index) => element !== list[index]) ? kept : list;
}

function prunedObject(
  object: Readonly<Record<string, unknown>>,
  schema: Schema,
  native: boolean,
): Readonly<Record<string, unknown>> {
  const open = isOpen(schema, native);
  let same = true;
  const kept = Object.entries(object).flatMap(([name, inner]): [string, unknown][] => {
    const known = propertyOf(schema, name) ?? furtherOf(schema);
    if ((known === undefined && !open) || (inner === null && isNoValue(schema, name, native))) {
      same = false;
      return [];
    }
    const after = known === undefined ? inner : prunedValue(inner, known, native);
    same &&= after === inner;
    return [[name, after]];
  });
  return same ? object : Object.fromEntries(kept);
}

/** Kubernetes drops such nulls when it reads the object; those with a default take it afterwards. */
function isNoValue(schema: Schema, name: string, native: boolean): boolean {
  if (native) return propertyOf(schema, name) !== undefined;
  const known = propertyOf(schema, name) ?? furtherOf(schema);
  return known !== undefined && !known.nullable && known.default === undefined;
}

function furtherOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** Whether fields that the schema does not name stay. */
function isOpen(schema: Schema, native: boolean): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties !== undefined)
    return true;
  return native && schema.properties === undefined;
}

/** Whether there is a null anywhere within. */
export function hasNull(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.values(value).some(hasNull));
}
