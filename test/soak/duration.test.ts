import { expect, it } from 'vitest';
import { durationOf } from '#test/soak/duration.ts';

it('knows seconds, minutes and hours, and nothing else', () => {
  expect([durationOf('90s'), durationOf('20m'), durationOf('1h')]).toEqual([90_000, 1_200_000, 3_600_000]);
  for (const text of ['', '20', '0m', '-1m', '20 m', 'constructor'])
    expect(() => durationOf(text)).toThrow('is no duration: give one such as 90s, 20m or 1h');
});
