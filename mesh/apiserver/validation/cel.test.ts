import { expect, it } from 'vitest';
import { crd, crdNames } from '../shapes/definitions.ts';
import { program } from './cel.ts';

/** Every rule and message in CEL below a schema. */
function expressions(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { rule, messageExpression } = node as Record<string, unknown>;
  const own = [rule, messageExpression].filter((each) => typeof each === 'string');
  return [...own, ...Object.values(node).flatMap(expressions)];
}

it('knows every word of the rules of Istio and Gateway API', () => {
  const all = new Set(crdNames().flatMap((name) => expressions(crd(name))));
  expect(all.size).toBeGreaterThan(120);
  expect([...all].filter((each) => program(each) === undefined)).toEqual([]);
});

it('a rule in unknown words is none', () => {
  expect(program('quantity(self).isGreaterThan(1)')).toBeUndefined();
  expect(program('self.')).toBeUndefined();
});
