import { expect, test } from 'vitest';
import { numericId } from '#platform/numeric-id.ts';

test.each([
  ['0', 0],
  ['007', 7],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
])('%j is an id', (text, id) => {
  expect(numericId(text)).toBe(id);
});

test.each([undefined, '', ' 1', '-1', '+1', '1.0', '1e3', '0x1', '٣', '9007199254740992', '1'.repeat(400)])(
  '%j is none',
  (text) => {
    expect(numericId(text)).toBeUndefined();
  },
);
