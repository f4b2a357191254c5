import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { HEADER_DICTIONARY } from './header-block.ts';

it('holds the bytes of the specification', () => {
  expect(HEADER_DICTIONARY).toHaveLength(1423);
  expect(createHash('sha256').update(HEADER_DICTIONARY).digest('hex')).toBe(
    '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
  );
});
