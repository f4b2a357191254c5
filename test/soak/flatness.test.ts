import { expect, it } from 'vitest';
import { flatness } from '#test/soak/flatness.ts';

const series = (value: (index: number) => number) =>
  flatness({ name: 'x', readings: Array.from({ length: 200 }, (_, index) => value(index)), judged: true });

it('calls flat what grows at first and then stays, whatever its garbage does', () => {
  expect(series((index) => Math.min(100, 50 + index) + (index % 10))).toMatchObject({ flat: true });
});

it('calls a leak one', () => {
  const leak = series((index) => 100 + index / 2);
  expect(leak.flat).toBe(false);
  expect([leak.start, leak.middle, leak.end].map(Math.round)).toEqual([102, 152, 197]);
});

it('sees a leak that is given back', () => {
  expect(series((index) => (index > 150 && index < 170 ? 130 : 100)).flat).toBe(false);
});

it('does not judge what is restarted on purpose', () => {
  expect(flatness({ name: 'x', readings: [1, 2, 3, 40], judged: false })).not.toHaveProperty('flat');
});
