import { expect, test } from 'vitest';
import { parseDuration } from '#platform/duration.ts';

test.each([
  ['0', 0],
  ['250ms', 250],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['5', undefined],
  ['-1s', undefined],
  ['1h', undefined],
  ['', undefined],
])('%j is %j', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
