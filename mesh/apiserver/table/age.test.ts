import { describe, expect, it } from 'vitest';
import { humanDuration, since } from '#mesh/apiserver/table/cell.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The cases of k8s.io/apimachinery's HumanDuration. */
describe('humanDuration', () => {
  it.each([
    [-2 * second, '<invalid>'],
    [-1 * second, '0s'],
    [0, '0s'],
    [999, '0s'],
    [70 * second, '70s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 30 * second, '3m30s'],
    [10 * minute + 30 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [23 * hour + 59 * minute, '23h'],
    [47 * hour, '47h'],
    [2 * day + 3 * hour, '2d3h'],
    [7 * day, '7d'],
    [8 * day + 3 * hour, '8d'],
    [729 * day, '729d'],
    [1001 * day, '2y271d'],
    [3 * 365 * day, '3y'],
    [10 * 365 * day, '10y'],
  ])('%i ms', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });
});

describe('since', () => {
  const now = new Date('2026-01-01T00:00:05Z');
  it.each([
    ['2026-01-01T00:00:00Z', '5s'],
    ['2026-01-01T00:00:00.123456Z', '4s'],
    ['2026-01-01T00:01:00Z', '<invalid>'],
    [undefined, '<unknown>'],
    [null, '<unknown>'],
    ['yesterday', '<unknown>'],
  ])('%s', (timestamp, text) => {
    expect(since(timestamp, now)).toBe(text);
  });
});
