import { expect, it } from 'vitest';
import { alternate, formatSpread, quantile, ratio, spread } from '#test/bench/measure.ts';

it('measures the variants in turn', async () => {
  const order: string[] = [];
  const variant = (name: string) => async () => order.push(name);
  const results = await alternate({ a: variant('a'), b: variant('b') }, { rounds: 2 });
  expect(order).toEqual(['a', 'b', 'a', 'b']);
  expect(results).toEqual({ a: [1, 3], b: [2, 4] });
});

it('compares within rounds: a slow round slows both and leaves the ratio', () => {
  expect(ratio([100, 10, 90], [200, 20, 90])).toEqual({ median: 0.5, min: 0.5, max: 1 });
});

it.each([
  { values: [3, 1, 2], q: 0.5, expected: 2 },
  { values: [1, 2, 3, 4], q: 0.5, expected: 2.5 },
  { values: [1, 2, 3, 4, 5], q: 0.95, expected: 4.8 },
  { values: [7], q: 0.95, expected: 7 },
])('the $q quantile of $values is $expected', ({ values, q, expected }) => {
  expect(quantile(values, q)).toBeCloseTo(expected);
});

it('shows the median with the extremes', () => {
  expect(formatSpread(spread([0.881, 0.97, 0.929]))).toBe('0.93 (0.88 … 0.97)');
});
