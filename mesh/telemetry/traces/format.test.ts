import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '#mesh/telemetry/traces/format.ts';

describe('durations', () => {
  it.each([
    [0, '0 µs'],
    [850, '850 µs'],
    [1000, '1 ms'],
    [1234, '1.23 ms'],
    [90_000, '90 ms'],
    [123_456, '123 ms'],
    [999_499, '999 ms'],
    [999_500, '1 s'],
    [1_250_000, '1.25 s'],
    [125_000_000, '2 min 5 s'],
  ])('%i µs are written %s', (microseconds, text) => {
    expect(formatDuration(microseconds)).toBe(text);
  });

  it.each([
    ['250us', 250],
    ['250µs', 250],
    ['100ms', 100_000],
    ['100', 100_000],
    ['1.5s', 1_500_000],
    [' 2 m ', 120_000_000],
    ['soon', undefined],
    ['-1s', undefined],
    ['1h30', undefined],
  ])('%s is read', (text, microseconds) => {
    expect(parseDuration(text)).toBe(microseconds);
  });
});
