import { expect, it } from 'vitest';
import { keepEqual } from '#mesh/keep-equal.ts';

const service = (host: string, port = 80) => ({ host, ports: [{ number: port, policies: { '': {} } }] });

it('keeps the whole when nothing has changed, whatever the order of the keys', () => {
  const before = { services: [service('a'), service('b')], policy: 'ALLOW_ANY', views: undefined };
  const { services, policy, views } = structuredClone(before);
  expect(keepEqual(before, { views, policy, services })).toBe(before);
});

it('keeps the parts that are the same beside those that are not', () => {
  const before = { services: [service('a'), service('b'), service('c')], pods: { x: ['1'] } };
  const after = { services: [service('a'), service('b', 81), service('c')], pods: { x: ['1'] } };
  const kept = keepEqual(before, after);
  expect(kept).toEqual(after);
  expect(kept.pods).toBe(before.pods);
  expect(kept.services.map((one, index) => one === before.services[index])).toEqual([true, false, true]);
  expect(kept.services[1]?.ports[0]?.policies).toBe(before.services[1]?.ports[0]?.policies);
});

it('keeps items on both sides of one that comes or goes', () => {
  const [a, b, c] = [service('a'), service('b'), service('c')];
  const added = keepEqual([a, c], structuredClone([a, b, c]));
  expect(added).toEqual([a, b, c]);
  expect([added[0], added[2]]).toEqual([a, c]);
  expect(added[0]).toBe(a);
  expect(added[2]).toBe(c);
  const removed = keepEqual([a, b, c], structuredClone([a, c]));
  expect(removed).toEqual([a, c]);
  expect(removed[0]).toBe(a);
  expect(removed[1]).toBe(c);
});

it.each<[string, unknown, unknown]>([
  ['a field that is missing', { a: 1 }, {}],
  ['a field that is undefined', { a: 1 }, { a: 1, b: undefined }],
  ['a field under another name', { a: undefined }, { b: undefined }],
  ['a list that is shorter', [1, 2], [1]],
  ['a list that is longer', [1], [1, 2]],
  ['an object in the place of a list', [1], { 0: 1 }],
  ['nothing in the place of an object', { a: {} }, { a: null }],
  ['another value', { a: '1' }, { a: 1 }],
])('does not take %s for the same', (_, before, after) => {
  expect(keepEqual(before, after)).toStrictEqual(after);
});

it('takes what is no plain data for another', () => {
  const date = new Date(0);
  expect(keepEqual({ at: date }, { at: new Date(0) }).at).not.toBe(date);
});
