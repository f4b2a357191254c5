import { describe, expect, it } from 'vitest';
import { createRandom } from '#platform/random.ts';
import { apiVersionOf, resourceTypes } from '../shapes/resources.ts';
import type { Schema } from '../shapes/schema.ts';
import { type Shape, shapeOf } from '../shapes/shape.ts';
import { applyDefaults } from './defaults.ts';
import { isObject, validateShape } from './shape.ts';
import { randomValue } from './testing/random-object.ts';

const KINDS = resourceTypes().map((each) => `${apiVersionOf(each)} ${each.kind}`);
const ROUNDS = 15;

function shapeNamed(name: string): Shape {
  const [apiVersion = '', kind = ''] = name.split(' ');
  const shape = shapeOf(apiVersion, kind);
  if (shape === undefined) throw new Error(`no shape for ${name}`);
  return { ...shape, schema: structureOf(shape.schema) };
}

/** What a generator can satisfy by itself: `oneOf` and its kin, and rules in CEL, bind fields to one another. */
function structureOf<Node>(node: Node): Node {
  if (Array.isArray(node)) return node.map(structureOf) as Node;
  if (!isObject(node)) return node;
  const kept = Object.entries(node).filter(([key, value]) => {
    if (key === 'x-kubernetes-validations' || key === 'anyOf' || key === 'oneOf' || key === 'not')
      return !isJunctor(key, value);
    return true;
  });
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'default' ? value : structureOf(value)]),
  ) as Node;
}

/** A property may have such a name; then it is a schema of its own. */
function isJunctor(key: string, value: unknown): boolean {
  return Array.isArray(value) || (key === 'not' && isObject(value) && value['type'] === undefined);
}

describe('random objects', () => {
  it.each(KINDS)('%s', (name) => {
    const shape = shapeNamed(name);
    const random = createRandom({ seed: '1', name });
    let checked = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const object = randomValue(shape.schema, random);
      if (!isObject(object)) continue;
      checked += 1;
      expect(validateShape(object, shape), JSON.stringify(object)).toEqual({ unknown: [], causes: [] });
      const whole = applyDefaults(object, shape);
      expect(validateShape(whole, shape), JSON.stringify(whole)).toEqual({ unknown: [], causes: [] });
      expect(applyDefaults(whole, shape)).toBe(whole);
      misspellOne(object, shape);
    }
    expect(checked).toBeGreaterThan(0);
  });
});

/** A field that no kind has, put beside the object's own, is found where it stands. */
function misspellOne(object: Readonly<Record<string, unknown>>, shape: Shape): void {
  const properties: Readonly<Record<string, Schema>> = shape.schema.properties ?? {};
  for (const name of ['metadata', 'spec']) {
    const inner = object[name];
    if (properties[name] === undefined || !isObject(inner)) continue;
    const { unknown } = validateShape({ ...object, [name]: { ...inner, zzzzzzzz: 1 } }, shape);
    expect(unknown).toEqual([{ field: `${name}.zzzzzzzz` }]);
  }
}
