import { describe, expect, it } from 'vitest';
import { formatAge } from '#mesh/cli/output/age.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** From the tests of k8s.io/apimachinery's HumanDuration. */
describe('formatAge', () => {
  it.each([
    [-1 * second, '0s'],
    [0, '0s'],
    [70 * second, '70s'],
    [2 * minute, '2m'],
    [3 * minute + 30 * second, '3m30s'],
    [10 * minute + 30 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [23 * hour + 59 * minute, '23h'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 3 * hour, '8d'],
    [729 * day, '729d'],
    [1001 * day, '2y271d'],
    [10 * 365 * day, '10y'],
  ])('%i ms', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text);
  });
});
