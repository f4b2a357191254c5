import { describe, expect, it } from 'vitest';
import { type PatchSchema, strategicPatch } from '#mesh/apiserver/patch/patches.ts';

interface Node {
  readonly merge?: string | true;
  readonly fields?: Readonly<Record<string, Node>>;
}

function schema(node: Node | undefined): PatchSchema | undefined {
  if (!node) return undefined;
  return {
    field: (name) => schema(new Map(Object.entries(node.fields ?? {})).get(name)),
    items: () => schema({ ...(node.fields && { fields: node.fields }) }),
    strategies: node.merge === undefined ? [] : ['merge'],
    mergeKey: typeof node.merge === 'string' ? node.merge : undefined,
  };
}

const container: Node = {
  merge: 'name',
  fields: { env: { merge: 'name' }, args: {}, ports: { merge: 'containerPort' } },
};
const pod = schema({ fields: { containers: container, finalizers: { merge: true }, labels: {} } });

describe('a strategic merge patch', () => {
  it.each([
    [
      'merges lists by their key, and what is in their items',
      { containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }] },
      { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] },
      {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
          { name: 'b' },
        ],
      },
    ],
    [
      'replaces a list without key',
      { containers: [{ name: 'a', args: ['1'] }] },
      { containers: [{ name: 'a', args: ['2'] }] },
      { containers: [{ name: 'a', args: ['2'] }] },
    ],
    [
      'takes an item away',
      { containers: [{ name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [{ name: 'b' }] },
    ],
    [
      'replaces a whole list',
      { containers: [{ name: 'a' }] },
      { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      { containers: [{ name: 'c' }] },
    ],
    ['takes a field away', { labels: { a: '1', b: '2' } }, { labels: { a: null } }, { labels: { b: '2' } }],
    [
      'keeps only some keys',
      { labels: { a: '1', b: '2' } },
      { labels: { $retainKeys: ['b'], b: '3' } },
      { labels: { b: '3' } },
    ],
    ['unites plain lists', { finalizers: ['a'] }, { finalizers: ['b', 'a'] }, { finalizers: ['a', 'b'] }],
    [
      'takes from plain lists',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    [
      'orders a list',
      { containers: [{ name: 'a' }, { name: 'own' }, { name: 'b' }] },
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      { containers: [{ name: 'b' }, { name: 'a' }, { name: 'own' }] },
    ],
    ['does not know Object.prototype', {}, { constructor: { a: 1 } }, { constructor: { a: 1 } }],
  ])('%s', (_, target, patch, expected) => {
    expect(strategicPatch(target, patch, pod)).toEqual(expected);
  });

  it('refuses an item without its key', () => {
    expect(() => strategicPatch({}, { containers: [{ image: 'x' }] }, pod)).toThrow(
      /does not contain declared merge key: name/,
    );
  });
});
