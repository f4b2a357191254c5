import type { Passed } from '#mesh/console/graph/traffic-meter.ts';
import { quantile } from '#mesh/telemetry/metrics/traffic.ts';

/** What a way counts through which nothing has passed. */
export const NOTHING: Omit<Passed, 'source' | 'destination' | 'service'> = {
  ...{ requests: 0, errors: 0, secured: 0, received: 0, connections: 0 },
  ...{ flags: new Map(), buckets: new Map() },
};

/** Several ways as one. */
export function added(parts: readonly Omit<Passed, 'source' | 'destination' | 'service'>[]) {
  const total = { ...NOTHING, flags: new Map<string, number>(), buckets: new Map<number, number>() };
  for (const part of parts) {
    total.requests += part.requests;
    total.errors += part.errors;
    total.secured += part.secured;
    total.received += part.received;
    total.connections += part.connections;
    for (const [flag, count] of part.flags) total.flags.set(flag, (total.flags.get(flag) ?? 0) + count);
    for (const [bound, count] of part.buckets)
      total.buckets.set(bound, (total.buckets.get(bound) ?? 0) + count);
  }
  return total;
}

/** The median and the 95th percentile of what came between two looks, in milliseconds. */
export function quantiles(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>) {
  const buckets = [...now]
    .map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }))
    .sort((a, b) => a.bound - b.bound);
  return [quantile(0.5, buckets), quantile(0.95, buckets)];
}

/** As it is at this moment. */
export function copied(passed: ReadonlyMap<string, Passed>): Map<string, Passed> {
  return new Map(
    [...passed].map(([key, one]) => [
      key,
      { ...one, flags: new Map(one.flags), buckets: new Map(one.buckets) },
    ]),
  );
}
