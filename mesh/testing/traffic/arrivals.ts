import type { Sample } from '#mesh/telemetry/metrics/exposition.ts';

/** How many requests a workload got. */
export interface ArrivalCount {
  readonly workload: string;
  readonly version?: string;
  readonly count: number;
}

export interface ArrivalFilter {
  /** As metrics name it; absent: a caller without sidecar, of whom metrics know nothing. */
  readonly caller?: string;
  /** The services that the requests may reach; none: all. */
  readonly hosts: readonly string[];
  /** Whether an answer of 401 or 403 is a policy's, so that the workload never saw the request. */
  readonly isDenied: boolean;
}

const METRIC = 'istio_requests_total';
const UNKNOWN = 'unknown';
/** A request with one of these flags has been at the workload: it came too late, or was tried several times. */
const REACHED = new Set(['-', 'UT', 'URX', 'DC', 'DI']);

/** How many requests of a caller metrics have counted since. */
export function countedSince(
  before: readonly Sample[],
  after: readonly Sample[],
  filter: ArrivalFilter,
): number {
  return growth(before, after, filter).reduce((sum, { value }) => sum + value, 0);
}

/** Which workloads got the requests, as Istio's own metrics tell it. */
export function arrivalsSince(
  before: readonly Sample[],
  after: readonly Sample[],
  filter: ArrivalFilter,
): readonly ArrivalCount[] {
  const counts = new Map<string, ArrivalCount>();
  for (const { labels, value } of growth(before, after, filter)) {
    const { destination_workload: workload = UNKNOWN, destination_version: version = UNKNOWN } = labels;
    if (workload === UNKNOWN || !reached(labels, filter)) continue;
    const count = (counts.get(workload)?.count ?? 0) + value;
    counts.set(workload, { workload, count, ...(version !== UNKNOWN && { version }) });
  }
  return [...counts.values()];
}

function reached(labels: Sample['labels'], { isDenied }: ArrivalFilter): boolean {
  const { response_flags: flags = '-', response_code: code } = labels;
  return (
    flags.split(',').every((flag) => REACHED.has(flag)) && !(isDenied && (code === '403' || code === '401'))
  );
}

function growth(
  before: readonly Sample[],
  after: readonly Sample[],
  filter: ArrivalFilter,
): readonly Sample[] {
  const key = ({ labels }: Sample) => JSON.stringify(Object.entries(labels).sort());
  const isMeant = ({ name, labels }: Sample) =>
    name === METRIC && isFrom(labels, filter) && isTo(labels, filter);
  const known = new Map(before.filter(isMeant).map((sample) => [key(sample), sample.value]));
  return after
    .filter(isMeant)
    .map((sample) => ({ ...sample, value: sample.value - (known.get(key(sample)) ?? 0) }))
    .filter(({ value }) => value > 0);
}

/** The caller's own proxy counts; where it has none, that of the other end. */
function isFrom({ reporter, source_workload: source }: Sample['labels'], { caller }: ArrivalFilter): boolean {
  return caller === undefined
    ? reporter === 'destination' && source === UNKNOWN
    : reporter === 'source' && source === caller;
}

function isTo(
  { destination_service: service = UNKNOWN }: Sample['labels'],
  { hosts }: ArrivalFilter,
): boolean {
  return hosts.length === 0 || service === UNKNOWN || hosts.includes(service);
}
