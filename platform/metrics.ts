import { Counter, collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { countedSeries } from '#platform/counted-series.ts';
import type { DownstreamResult } from '#platform/downstream-call.ts';
import type { Logging } from '#platform/logging.ts';
import { spanMetrics } from '#platform/tracing/span-metrics.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { ExportState } from '#platform/tracing/watched-exporter.ts';

export interface ServerMetrics {
  observe(request: ServedRequest): void;
}

interface ServedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly trace: TraceReference | undefined;
}

export interface ClientMetrics {
  observe(call: MadeCall): void;
}

interface MadeCall {
  /** Scheme, host and port. */
  readonly upstream: string;
  readonly result: DownstreamResult;
  readonly seconds: number;
  readonly trace: TraceReference | undefined;
}

export interface Metrics {
  readonly registry: Registry<OpenMetricsContentType>;
  readonly server: ServerMetrics;
  readonly client: ClientMetrics;
}

interface MetricsOptions {
  readonly service: string;
  readonly version: string;
  readonly exports: readonly ExportState[];
}

/**
 * The metrics of one service, in a separate registry, so that one process can hold several services. It is one of
 * OpenMetrics since only such a registry takes exemplars; exposition.ts writes it in Prometheus' older format, too.
 */
export function createMetrics({ exports, ...build }: MetricsOptions): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'build_info',
    help: 'Always 1; the labels tell what is running',
    labelNames: ['service', 'version', 'node_version'],
    registers: [registry],
  }).set({ ...build, node_version: process.version }, 1);
  spanMetrics(registry, exports);
  return { registry, server: serverMetrics(registry), client: clientMetrics(registry) };
}

/** The lines that the service's log lost, read at each scrape. */
export function logMetrics(registry: Metrics['registry'], { lostLines }: Pick<Logging, 'lostLines'>): void {
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that could not be written: a full disk, or a reader that is too slow or gone',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(lostLines());
    },
  });
}

function serverMetrics(registry: Registry<OpenMetricsContentType>): ServerMetrics {
  const seriesOf = countedSeries({
    registry,
    labelNames: ['method', 'route', 'code'],
    count: { name: 'http_requests_total', help: 'Requests answered' },
    time: { name: 'http_request_duration_seconds', help: 'Time from the request to the end of its answer' },
  });
  return {
    observe({ method, route, status, seconds, trace }) {
      const labels = () => ({ method, route, code: status });
      seriesOf(`${method} ${route} ${status}`, labels)(seconds, trace);
    },
  };
}

function clientMetrics(registry: Registry<OpenMetricsContentType>): ClientMetrics {
  const seriesOf = countedSeries({
    registry,
    labelNames: ['upstream', 'code'],
    count: {
      name: 'http_client_requests_total',
      help: 'Requests made to upstreams; code is "none" if no answer came',
    },
    time: {
      name: 'http_client_request_duration_seconds',
      help: 'Time from making a request to an upstream to the end of its answer',
    },
  });
  return {
    observe({ upstream, result, seconds, trace }) {
      const code = result.kind === 'answer' ? result.status : 'none';
      seriesOf(`${upstream} ${code}`, () => ({ upstream, code }))(seconds, trace);
    },
  };
}
