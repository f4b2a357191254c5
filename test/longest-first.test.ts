import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rankOf } from '#test/longest-first.ts';

it('begins with the cases of conformance, goes on with meshes and programs, and ends with the short ones', () => {
  const all = globSync('{mesh,services,test}/**/*.test.ts', { exclude: ['**/node_modules/**'] });
  const files = all.filter((file) => !/\.(slow|alone)\.test/.test(file));
  const sorted = files.sort((one, other) => rankOf(one) - rankOf(other));
  expect(sorted[0]).toMatch('test/conformance/conformance');
  const kinds = sorted.map((file) => /\.(mesh|process)\./.exec(file)?.[1] ?? 'unit');
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual(['mesh', 'process', 'unit']);
});
