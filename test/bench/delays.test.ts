import { expect, it } from 'vitest';
import { delayAt, delaysFrom } from '#test/bench/delays.ts';
import { quantile } from '#test/bench/measure.ts';

it('goes from 10 ms over 20 ms to no more than 114 ms', () => {
  expect([0, 0.5, 0.9, 0.99, 1].map((share) => Math.round(delayAt(share)))).toEqual([10, 20, 45, 79, 114]);
});

it.each([0, 0.25, 0.9])('has the same percentiles in any run of 2,000, with seed %d', (seed) => {
  const next = delaysFrom(seed);
  for (let run = 0; run < 5; run++) {
    const delays = Array.from({ length: 2000 }, next);
    for (const share of [0.5, 0.9, 0.99])
      expect(Math.abs(quantile(delays, share) / delayAt(share) - 1)).toBeLessThan(0.02);
  }
});

it('gives the same delays for the same seed', () => {
  const [a, b] = [delaysFrom(0.3), delaysFrom(0.3)];
  for (let count = 0; count < 100; count++) expect(a()).toBe(b());
});
