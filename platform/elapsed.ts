/** Seconds since a point on `performance`'s clock, to the microsecond: finer digits are noise. */
export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 1000) / 1e6;
}
