import { expect, it } from 'vitest';
import { quantile } from '#mesh/telemetry/metrics/traffic.ts';

const buckets = [
  { bound: 10, count: 50 },
  { bound: 20, count: 100 },
  { bound: Infinity, count: 100 },
];

it('interpolates inside a bucket', () => {
  expect(quantile(0.5, buckets)).toBe(10);
  expect(quantile(0.75, buckets)).toBe(15);
});

it('does not know more than the last bound', () => {
  expect(
    quantile(0.99, [
      { bound: 10, count: 1 },
      { bound: Infinity, count: 100 },
    ]),
  ).toBe(10);
});

it('has nothing to say of nothing', () => {
  expect(quantile(0.5, [])).toBeUndefined();
  expect(quantile(0.5, [{ bound: Infinity, count: 0 }])).toBeUndefined();
});
