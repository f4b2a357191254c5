import { nothing, type Passed } from '#mesh/console/graph/counted.ts';
import { type Series, SeriesReader } from '#mesh/console/graph/series.ts';
import { getLocal } from '#mesh/serve/get-local.ts';

/** What the graph is drawn from: Istio's metrics of requests and connections, and what Envoy says of a cluster's limits and retries. */
const WANTED = [
  '^istio_(requests_total|request_duration_milliseconds|tcp_(connections_opened|sent_bytes|received_bytes)_total)',
  '^cluster\\..*\\.(upstream_rq_retry|upstream_rq_timeout|upstream_rq_pending_overflow)$',
  '^cluster\\..*\\.(outlier_detection\\.ejections_active|circuit_breakers\\.default\\.\\w+_open)$',
].join('|');
const PATH = `/stats?format=prometheus&usedonly&filter=${encodeURIComponent(WANTED)}`;
const TIMEOUT = 2_000;

export interface MeteredEnvoy {
  /** `pod.namespace`. */
  readonly name: string;
  readonly socketPath: string;
}

/** Of one Envoy's cluster: counters as they grew since the meter began, gauges as they are. */
export interface ClusterState {
  /** `pod.namespace` of the Envoy. */
  readonly proxy: string;
  readonly cluster: string;
  retries: number;
  timeouts: number;
  overflows: number;
  ejected: number;
  /** Which limit is reached at this moment: `rq`, `rq_pending`, `cx`, `rq_retry`. */
  open: Set<string>;
}

/** Adds up what Envoys count, whatever restarts of theirs set back to nothing. */
export class TrafficMeter {
  readonly passed = new Map<string, Passed>();
  readonly clusters = new Map<string, ClusterState>();
  readonly #reader = new SeriesReader();
  readonly #last = new Map<string, Map<Series, number>>();

  /** Asks all Envoys once. Those that do not answer are starting or ending, and left out. */
  async look(envoys: readonly MeteredEnvoy[]): Promise<void> {
    const texts = await Promise.all(envoys.map(ask));
    const names = new Set(envoys.map(({ name }) => name));
    for (const name of this.#last.keys()) if (!names.has(name)) this.#last.delete(name);
    for (const [key, { proxy }] of this.clusters) if (!names.has(proxy)) this.clusters.delete(key);
    for (const [index, { name }] of envoys.entries()) {
      const text = texts[index];
      if (text !== undefined) this.add(name, text);
    }
  }

  /** Takes one Envoy's statistics. */
  add(proxy: string, text: string): void {
    const values = this.#reader.read(text);
    const last = this.#last.get(proxy);
    this.#last.set(proxy, values);
    for (const [series, value] of values) {
      const before = last?.get(series) ?? 0;
      const growth = value >= before ? value - before : value;
      if (series.name.startsWith('istio_')) this.#pass(series, growth);
      else this.#cluster(proxy, series, { value, growth });
    }
  }

  #pass({ name, labels }: Series, growth: number): void {
    if (growth === 0 && name !== 'istio_requests_total') return;
    const source = workload(labels, 'source');
    const isCallers = labels.get('reporter') === 'source';
    const passed = this.#passedAt(labels, source);
    if (name === 'istio_requests_total' && !isCallers) {
      passed.received += growth;
      if (labels.get('connection_security_policy') === 'mutual_tls') passed.secured += growth;
    }
    // The caller's report counts; the other side's only for callers that cannot report.
    if (!isCallers && source !== 'unknown') return;
    if (name === 'istio_requests_total') addRequests(passed, labels, growth);
    else if (name === 'istio_request_duration_milliseconds_bucket') {
      const bound = Number(labels.get('le')?.replace('+Inf', 'Infinity'));
      passed.buckets.set(bound, (passed.buckets.get(bound) ?? 0) + growth);
    } else if (name === 'istio_tcp_connections_opened_total') passed.connections += growth;
    else if (name === 'istio_tcp_sent_bytes_total') passed.sentBytes += growth;
    else if (name === 'istio_tcp_received_bytes_total') passed.receivedBytes += growth;
  }

  #passedAt(labels: Series['labels'], source: string): Passed {
    const destination = workload(labels, 'destination');
    const service = labels.get('destination_service') ?? 'unknown';
    const key = `${source} ${destination} ${service}`;
    const known = this.passed.get(key);
    if (known) return known;
    const fresh = { source, destination, service, ...nothing() };
    this.passed.set(key, fresh);
    return fresh;
  }

  #cluster(proxy: string, { name, labels }: Series, { value, growth }: Counted): void {
    const cluster = labels.get('cluster_name')?.replace(/;$/, '') ?? '';
    const key = `${proxy} ${cluster}`;
    const fresh = { retries: 0, timeouts: 0, overflows: 0, ejected: 0, open: new Set<string>() };
    const state = this.clusters.get(key) ?? { proxy, cluster, ...fresh };
    this.clusters.set(key, state);
    const limit = /circuit_breakers_default_(\w+)_open$/.exec(name)?.[1];
    if (limit !== undefined) value > 0 ? state.open.add(limit) : state.open.delete(limit);
    else if (name.endsWith('ejections_active')) state.ejected = value;
    else if (name.endsWith('upstream_rq_retry')) state.retries += growth;
    else if (name.endsWith('upstream_rq_timeout')) state.timeouts += growth;
    else if (name.endsWith('pending_overflow')) state.overflows += growth;
  }
}

interface Counted {
  readonly value: number;
  readonly growth: number;
}

function addRequests(passed: Passed, labels: Series['labels'], growth: number): void {
  passed.requests += growth;
  const code = Number(labels.get('response_code')) || 0;
  passed.codes.set(String(code), (passed.codes.get(String(code)) ?? 0) + growth);
  if (!(code > 0 && code < 500)) passed.errors += growth;
  const flag = labels.get('response_flags') ?? '-';
  if (flag !== '-' && flag !== 'unknown') passed.flags.set(flag, (passed.flags.get(flag) ?? 0) + growth);
}

function workload(labels: Series['labels'], end: 'source' | 'destination'): string {
  const name = labels.get(`${end}_workload`) ?? 'unknown';
  return name === 'unknown' ? name : `${name}.${labels.get(`${end}_workload_namespace`)}`;
}

async function ask({ socketPath }: MeteredEnvoy): Promise<string | undefined> {
  try {
    const { status, text } = await getLocal({ socketPath, path: PATH, timeout: TIMEOUT });
    return status === 200 ? text : undefined;
  } catch {
    return undefined;
  }
}
