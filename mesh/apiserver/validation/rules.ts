import { referenceOf, resolve } from '../shapes/definitions.ts';
import type { Schema, ValidationRule } from '../shapes/schema.ts';
import { type Cause, duplicate, forbidden, invalid, required } from './cause.ts';
import { celContext, evaluateRule } from './cel.ts';
import { identityOf } from './lists.ts';

/** A value with the schema that it is checked by; `old` is the stored one. */
interface Place {
  readonly value: unknown;
  readonly old: unknown;
  readonly schema: Schema;
  readonly field: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What an object violates of its schema's rules in CEL (`x-kubernetes-validations`). Rules that compare need `old`. */
export function ruleCauses(object: unknown, schema: Schema, old?: unknown): Cause[] {
  const causes: Cause[] = [];
  visit({ value: object, old, schema, field: '' }, causes);
  return causes;
}

function visit(place: Place, causes: Cause[]): void {
  if (!hasRules(place.schema) || place.value === null || place.value === undefined) return;
  const schema = resolve(place.schema);
  const rules = schema['x-kubernetes-validations'] ?? [];
  const context = rules.length === 0 ? {} : celContext({ ...place, schema });
  for (const rule of rules) {
    const message = isAsked(rule, place) ? evaluateRule(rule, context) : undefined;
    if (message !== undefined) causes.push(causeOf(rule, place, message));
  }
  for (const inner of within({ ...place, schema })) visit(inner, causes);
}

function* within({ value, old, schema, field }: Place): Iterable<Place> {
  if (Array.isArray(value)) {
    const identity = identityOf(schema);
    for (const [index, element] of value.entries()) {
      const before =
        identity && Array.isArray(old)
          ? old.find((each) => same(identity(each), identity(element)))
          : undefined;
      if (schema.items)
        yield { value: element, old: before, schema: schema.items, field: `${field}[${index}]` };
    }
  } else if (typeof value === 'object') {
    for (const [name, inner] of Object.entries(value as Fields)) {
      const before = typeof old === 'object' && old !== null ? (old as Fields)[name] : undefined;
      const known =
        schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      if (known)
        yield { value: inner, old: before, schema: known, field: field === '' ? name : `${field}.${name}` };
      else if (typeof schema.additionalProperties === 'object') {
        yield { value: inner, old: before, schema: schema.additionalProperties, field: `${field}[${name}]` };
      }
    }
  }
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** A rule that compares has nothing to say of an object that is new. */
function isAsked({ rule, optionalOldSelf }: ValidationRule, { old }: Place): boolean {
  return old !== undefined || optionalOldSelf === true || !/\boldSelf\b/.test(rule);
}

function causeOf(rule: ValidationRule, { value, field }: Place, message: string): Cause {
  const at = `${field}${rule.fieldPath ?? ''}`.replace(/^\./, '');
  if (rule.reason === 'FieldValueRequired') return required(at, message);
  if (rule.reason === 'FieldValueForbidden') return forbidden(at, message);
  // As in a cluster, an object or a list is not shown.
  const shown = typeof value === 'object' ? undefined : value;
  return rule.reason === 'FieldValueDuplicate' ? duplicate(at, shown) : invalid(at, shown, message);
}

const ruled = new WeakMap<Schema, boolean>();

/** Whether there is a rule anywhere within a schema. Kubernetes' own definitions, such as metadata, have none. */
function hasRules(schema: Schema): boolean {
  if (referenceOf(schema) !== undefined) return false;
  const known = ruled.get(schema);
  if (known !== undefined) return known;
  const { properties = {}, additionalProperties, items } = schema;
  const inner = [
    ...Object.values(properties),
    ...[items, additionalProperties].filter((each) => typeof each === 'object'),
  ];
  const found = schema['x-kubernetes-validations'] !== undefined || inner.some(hasRules);
  ruled.set(schema, found);
  return found;
}
