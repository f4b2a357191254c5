export interface Bucket {
  /** Upper bound, `Infinity` in the last one. */
  readonly bound: number;
  /** How many values are at or below it. */
  readonly count: number;
}

/**
 * A quantile of a histogram, by linear interpolation inside its bucket, as Prometheus' `histogram_quantile` does it.
 *
 * @param buckets by ascending bound
 */
export function quantile(q: number, buckets: readonly Bucket[]): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  const index = buckets.findIndex(({ count }) => count >= q * total);
  const bucket = buckets[index];
  if (total === 0 || !bucket) return undefined;
  const { bound: low, count: before } = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (bucket.bound === Infinity) return low;
  const inside = bucket.count - before;
  return inside === 0 ? bucket.bound : low + ((q * total - before) / inside) * (bucket.bound - low);
}
