import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DownstreamResult } from '#platform/downstream-call.ts';

/** Seconds. From a bare hop on loopback (1 ms) to the time-outs. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface ServerMetrics {
  observe(request: { method: string; route: string; status: number; seconds: number }): void;
}

export interface ClientMetrics {
  observe(upstream: string, result: DownstreamResult, seconds: number): void;
}

export interface Metrics {
  readonly registry: Registry;
  readonly server: ServerMetrics;
  readonly client: ClientMetrics;
}

/** The metrics of one service, in a registry of their own so that one process can hold several services. */
export function createMetrics(build: { service: string; version: string }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'build_info',
    help: 'Always 1; the labels tell what is running',
    labelNames: ['service', 'version', 'node_version'],
    registers: [registry],
  }).set({ ...build, node_version: process.version }, 1);
  return { registry, server: serverMetrics(registry), client: clientMetrics(registry) };
}

function serverMetrics(registry: Registry): ServerMetrics {
  const labelNames = ['method', 'route', 'code'];
  const registers = [registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered',
    labelNames,
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames,
    registers,
    buckets: BUCKETS,
  });
  const seriesOf = remembered();
  return {
    observe({ method, route, status, seconds }) {
      const series = seriesOf(`${method} ${route} ${status}`, () => {
        const labels = { method, route, code: status };
        return { count: requests.labels(labels), time: duration.labels(labels) };
      });
      series.count.inc();
      series.time.observe(seconds);
    },
  };
}

function clientMetrics(registry: Registry): ClientMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'http_client_requests_total',
    help: 'Requests made to upstreams; code is "none" where no answer came',
    labelNames: ['upstream', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'http_client_request_duration_seconds',
    help: 'Time from making a request to an upstream to the end of its answer',
    labelNames: ['upstream'],
    registers,
    buckets: BUCKETS,
  });
  const seriesOf = remembered();
  return {
    observe(upstream, result, seconds) {
      const code = result.kind === 'answer' ? result.status : 'none';
      const series = seriesOf(`${upstream} ${code}`, () => {
        return { count: requests.labels({ upstream, code }), time: duration.labels({ upstream }) };
      });
      series.count.inc();
      series.time.observe(seconds);
    },
  };
}

/** What a request is counted in. */
interface Series {
  readonly count: Counter.Internal;
  readonly time: Histogram.Internal<string>;
}

/** Each series found once: by its labels prom-client takes longer to find it than to count in it. */
function remembered(): (key: string, find: () => Series) => Series {
  const known = new Map<string, Series>();
  return (key, find) => {
    const before = known.get(key);
    if (before) return before;
    const series = find();
    known.set(key, series);
    return series;
  };
}
