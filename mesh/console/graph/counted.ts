import { quantile } from '#mesh/telemetry/metrics/traffic.ts';

/** What passed from one workload to another, all in all since the meter began. */
export interface Passed {
  /** `workload.namespace`; `unknown` for callers without a sidecar. */
  readonly source: string;
  /** `workload.namespace`; `unknown` where no workload answered. */
  readonly destination: string;
  /** The service's host. */
  readonly service: string;
  requests: number;
  errors: number;
  /** Requests over mutual TLS, as the answering side tells. */
  secured: number;
  /** Requests that the answering side has seen, whatever the connection. */
  received: number;
  connections: number;
  /** Over connections without requests: what the answering side sent, and what it got. */
  sentBytes: number;
  receivedBytes: number;
  /** Requests by status; 0 where there was no answer. */
  readonly codes: Map<string, number>;
  /** By Envoy's response flag. */
  readonly flags: Map<string, number>;
  /** How many took at most so many milliseconds. */
  readonly buckets: Map<number, number>;
}

type Counted = Omit<Passed, 'source' | 'destination' | 'service'>;

/** What a way counts through which nothing has passed. */
export function nothing(): Counted {
  return {
    ...{ requests: 0, errors: 0, secured: 0, received: 0 },
    ...{ connections: 0, sentBytes: 0, receivedBytes: 0 },
    ...{ codes: new Map(), flags: new Map(), buckets: new Map() },
  };
}

const NUMBERS = [
  ...(['requests', 'errors', 'secured', 'received'] as const),
  ...(['connections', 'sentBytes', 'receivedBytes'] as const),
];
const MAPS = ['codes', 'flags', 'buckets'] as const;

/** Several ways as one. */
export function added(parts: readonly Counted[]): Counted {
  const total = nothing();
  for (const part of parts) {
    for (const name of NUMBERS) total[name] += part[name];
    for (const name of MAPS) {
      const sums: Map<string | number, number> = total[name];
      for (const [key, count] of part[name]) sums.set(key, (sums.get(key) ?? 0) + count);
    }
  }
  return total;
}

/** How many took from so many milliseconds, to so many, between two looks: a histogram without its empty parts. */
export type Times = readonly (readonly [low: number, high: number | null, count: number])[];

/** What came between two looks, as a histogram; its last part has no end. */
export function timesOf(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): Times {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const until = (bound: number) => (now.get(bound) ?? 0) - (before.get(bound) ?? 0);
  return bounds
    .map((bound, at) => {
      const low = bounds[at - 1];
      const count = until(bound) - (low === undefined ? 0 : until(low));
      return [low ?? 0, Number.isFinite(bound) ? bound : null, count] as const;
    })
    .filter(([, , count]) => count > 0);
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
      {
        ...one,
        codes: new Map(one.codes),
        flags: new Map(one.flags),
        buckets: new Map(one.buckets),
      },
    ]),
  );
}

/** By how much each has grown, as a rate; what has not is left out. */
export function grown(
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  per: (amount: number) => number,
): Record<string, number> {
  return Object.fromEntries(
    [...now]
      .map(([key, count]) => [key, per(count - (before.get(key) ?? 0))] as const)
      .filter(([, rate]) => rate > 0),
  );
}
