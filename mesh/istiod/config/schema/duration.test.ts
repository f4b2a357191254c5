import { describe, expect, it } from 'vitest';
import { duration, durationOrZero, parseDuration } from '#mesh/istiod/config/schema/fields.ts';

describe('parseDuration', () => {
  it.each([
    ['2s', 2000],
    ['0.5s', 500],
    ['.5s', 500],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['250ms', 250],
    ['1500us', 1.5],
    ['0s', 0],
    ['0', 0],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '2', 's', '2 s', '-1s', '2sec', '1s30', '1d'])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

it('a duration has to be a millisecond at least, where zero has no meaning', () => {
  expect(duration.safeParse('0s').success).toBe(false);
  expect(duration.safeParse('999us').success).toBe(false);
  expect(duration.parse('1ms')).toBe(1);
  expect(durationOrZero.parse('0s')).toBe(0);
});
