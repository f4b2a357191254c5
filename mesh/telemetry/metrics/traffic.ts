import { parseSamples, type Sample } from '#mesh/telemetry/metrics/exposition.ts';

/** The requests from one workload to another. */
export interface Traffic {
  readonly source: string;
  /** `workload.namespace`, or the service's host where no workload answered. */
  readonly destination: string;
  /** The service that was asked for. */
  readonly service: string;
  readonly requests: number;
  /** Answers of 500 and above, and requests that got none. */
  readonly errors: number;
  /** From the histogram of durations, in milliseconds; absent where nothing was measured. */
  readonly p50?: number;
  readonly p99?: number;
}

/**
 * Who asked whom how often, from Istio's standard metrics. The caller's report counts; the answering side's only for
 * callers without a sidecar, which cannot report.
 */
export function trafficOf(exposition: string): Traffic[] {
  const samples = parseSamples(exposition).filter(isReport);
  const groups = Map.groupBy(samples, ({ labels }) => JSON.stringify(edgeOf(labels)));
  return [...groups]
    .map(([key, group]) => ({ ...(JSON.parse(key) as Edge), ...measure(group) }))
    .filter(({ requests }) => requests > 0)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

type Labels = Sample['labels'];
type Edge = Pick<Traffic, 'source' | 'destination' | 'service'>;

function isReport({ labels }: Sample): boolean {
  return labels['reporter'] === 'source' || labels['source_workload'] === 'unknown';
}

function edgeOf(labels: Labels): Edge {
  const service =
    shown(labels['destination_service']) ?? shown(labels['destination_service_name']) ?? 'unknown';
  return {
    source: workload(labels, 'source') ?? 'unknown',
    destination: workload(labels, 'destination') ?? service,
    service,
  };
}

function workload(labels: Labels, end: 'source' | 'destination'): string | undefined {
  const name = shown(labels[`${end}_workload`]);
  return name && `${name}.${labels[`${end}_workload_namespace`]}`;
}

function shown(label: string | undefined): string | undefined {
  return label === 'unknown' || label === '' ? undefined : label;
}

function nameOf({ source, destination, service }: Edge): string {
  return `${source}\0${destination}\0${service}`;
}

function measure(samples: readonly Sample[]): Omit<Traffic, keyof Edge> {
  const counts = samples.filter(({ name }) => name === 'istio_requests_total');
  const failed = counts.filter(({ labels }) => isError(labels['response_code']));
  const buckets = bucketsOf(samples);
  const [p50, p99] = [quantile(0.5, buckets), quantile(0.99, buckets)];
  return {
    requests: sum(counts),
    errors: sum(failed),
    ...(p50 !== undefined && { p50 }),
    ...(p99 !== undefined && { p99 }),
  };
}

function isError(code = '0'): boolean {
  return Number(code) >= 500 || Number(code) === 0;
}

function bucketsOf(samples: readonly Sample[]): Bucket[] {
  const own = samples.filter(({ name }) => name === 'istio_request_duration_milliseconds_bucket');
  const byBound = Map.groupBy(own, ({ labels }) => Number(labels['le']?.replace('+Inf', 'Infinity')));
  return [...byBound]
    .map(([bound, group]) => ({ bound, count: sum(group) }))
    .sort((a, b) => a.bound - b.bound);
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

interface Bucket {
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
