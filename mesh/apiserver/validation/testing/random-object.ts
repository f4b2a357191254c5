import type { Random } from '#platform/random.ts';
import { referenceOf, resolve } from '../../shapes/definitions.ts';
import type { Schema } from '../../shapes/schema.ts';

const WORDS = [
  'a',
  'example.com',
  'a/b',
  '/a',
  '10',
  '1s',
  'HTTP',
  'Accepted',
  'GET',
  '*.a.b',
  '10.0.0.1',
  'https://a/b',
  'sha256:0',
  '0',
];
const FORMATS: Readonly<Record<string, string>> = {
  byte: 'YQ==',
  'date-time': '2026-01-02T03:04:05Z',
  duration: '1s',
  ipv4: '10.0.0.1',
  ipv6: '::1',
  uri: 'https://a/b',
};

/** A value that a schema takes, as random as its keywords allow; undefined where they ask for too much to be guessed. */
export function randomValue(raw: Schema, random: Random, depth = 0): unknown {
  const schema = resolve(raw);
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  if (referenceOf(raw)?.endsWith('.Quantity')) return pick(['100m', '1.5Gi', 2, '1e3']);
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') return pick([80, '25%']);
  if (schema.enum) return pick(schema.enum);
  switch (schema.type) {
    case 'boolean':
      return random() < 0.5;
    case 'integer':
    case 'number':
      return between(schema, random);
    case 'string':
      return pick(candidates(schema).filter((text) => fits(text, schema)));
    case 'array':
      return randomList(schema, random, depth);
    default:
      return randomFields(schema, random, depth);
  }
}

function between(
  { minimum = 1, maximum = minimum + 1000, multipleOf = 1, exclusiveMinimum }: Schema,
  random: Random,
): number {
  const first = Math.ceil((minimum + (exclusiveMinimum ? multipleOf : 0)) / multipleOf);
  const last = Math.floor(maximum / multipleOf);
  return (first + Math.floor(random() * (last - first + 1))) * multipleOf;
}

function candidates({ format, minLength = 0 }: Schema): readonly string[] {
  const known = format === undefined ? undefined : FORMATS[format];
  return known === undefined ? [...WORDS, 'a'.repeat(Math.max(1, minLength))] : [known];
}

function fits(text: string, { minLength = 0, maxLength = Infinity, pattern }: Schema): boolean {
  return (
    text.length >= minLength &&
    text.length <= maxLength &&
    (pattern === undefined || new RegExp(pattern).test(text))
  );
}

/** Sets and maps get one element: two might be the same. */
function randomList(schema: Schema, random: Random, depth: number): unknown {
  const { items = {}, minItems = 0, maxItems = 3 } = schema;
  const single = schema['x-kubernetes-list-type'] === 'set' || schema['x-kubernetes-list-type'] === 'map';
  const count = Math.max(minItems, Math.floor(random() * (Math.min(maxItems, single ? 1 : 3) + 1)));
  const list = Array.from({ length: count }, () => randomValue(items, random, depth + 1));
  return list.includes(undefined) ? undefined : list;
}

function randomFields(schema: Schema, random: Random, depth: number): unknown {
  const { properties = {}, additionalProperties, required = [], minProperties = 0 } = schema;
  const object: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    const wanted =
      required.includes(name) || (depth === 0 && name === 'spec') || (depth < 12 && random() < 0.4);
    const value = wanted ? randomValue(property, random, depth + 1) : undefined;
    if (value !== undefined) object[name] = value;
    else if (required.includes(name)) return undefined;
  }
  if (typeof additionalProperties === 'object' && (random() < 0.5 || minProperties > 0)) {
    const value = randomValue(additionalProperties, random, depth + 1);
    if (value !== undefined) object['app.kubernetes.io/a'] = value;
  }
  return Object.keys(object).length < minProperties ? undefined : object;
}
