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
  const seriesOf = countedSeries({
    registry,
    labelNames: ['method', 'route', 'code'],
    count: { name: 'http_requests_total', help: 'Requests answered' },
    time: { name: 'http_request_duration_seconds', help: 'Time from the request to the end of its answer' },
  });
  return {
    observe({ method, route, status, seconds }) {
      const labels = () => ({ method, route, code: status });
      seriesOf(`${method} ${route} ${status}`, labels).observe(seconds);
    },
  };
}

function clientMetrics(registry: Registry): ClientMetrics {
  const seriesOf = countedSeries({
    registry,
    labelNames: ['upstream', 'code'],
    count: {
      name: 'http_client_requests_total',
      help: 'Requests made to upstreams; code is "none" where no answer came',
    },
    time: {
      name: 'http_client_request_duration_seconds',
      help: 'Time from making a request to an upstream to the end of its answer',
    },
  });
  return {
    observe(upstream, result, seconds) {
      const code = result.kind === 'answer' ? result.status : 'none';
      seriesOf(`${upstream} ${code}`, () => ({ upstream, code })).observe(seconds);
    },
  };
}

interface CountedOptions {
  readonly registry: Registry;
  readonly labelNames: readonly string[];
  readonly count: { readonly name: string; readonly help: string };
  readonly time: { readonly name: string; readonly help: string };
}

type Labels = Readonly<Record<string, string | number>>;

/**
 * A histogram and the counter that says the same without the times. The counter is made of the histogram when it is
 * asked for, so that a request pays for one observation; and each series is looked up once, since by its labels
 * prom-client takes longer to find it than to count in it.
 */
function countedSeries({ registry, labelNames, count, time }: CountedOptions) {
  const registers = [registry];
  const histogram = new Histogram({ ...time, labelNames: [...labelNames], registers, buckets: BUCKETS });
  new Counter({
    ...count,
    labelNames: [...labelNames],
    registers,
    async collect() {
      this.reset();
      const { values } = await histogram.get();
      for (const { metricName, labels, value } of values) {
        if (metricName === `${time.name}_count`) this.inc(labels, value);
      }
    },
  });
  const known = new Map<string, Histogram.Internal<string>>();
  return (key: string, labels: () => Labels): Histogram.Internal<string> => {
    const before = known.get(key);
    if (before) return before;
    const series = histogram.labels(labels());
    known.set(key, series);
    return series;
  };
}
