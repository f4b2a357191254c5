import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { ExporterName, TracingConfig } from '#platform/tracing/config.ts';
import { ExportState, WatchedExporter } from '#platform/tracing/watched-exporter.ts';

interface SpanExport {
  readonly spanProcessors: SpanProcessor[];
  readonly exports: readonly ExportState[];
}

/**
 * A bounded queue for each exporter that the environment names, or for `fallback` if it names none. Requests never
 * wait for a collector: spans that do not fit are dropped and counted.
 */
export async function exportSpans(
  config: TracingConfig,
  { fallback = {} }: { fallback?: Partial<CollectorConfig> } = {},
): Promise<SpanExport> {
  const named = await exportersFor(config);
  const exporters =
    named.size > 0 || config.OTEL_TRACES_EXPORTER ? named : await exportersFor({ ...config, ...fallback });
  const timeoutMs = config.OTEL_BSP_EXPORT_TIMEOUT;
  const queues = [...exporters].map(([name, exporter]) => {
    const state = new ExportState(name);
    return { state, processor: queue(new WatchedExporter({ exporter, state, timeoutMs }), state, config) };
  });
  return {
    spanProcessors: queues.map(({ processor }) => processor),
    exports: queues.map(({ state }) => state),
  };
}

function queue(exporter: WatchedExporter, state: ExportState, config: TracingConfig): SpanProcessor {
  return new BatchSpanProcessor({
    exporter,
    selfObsMeterProvider: overflowMeter((spans) => state.overflowed(spans)),
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    // The watched exporter answers before this passes.
    exportTimeoutMillis: config.OTEL_BSP_EXPORT_TIMEOUT + 1_000,
  });
}

/**
 * A meter that counts only spans for which a batch processor's queue has no room. The processor reports them in
 * no other way (OpenTelemetry semantic conventions, `otel.sdk.processor.span.processed`).
 */
function overflowMeter(overflowed: (spans: number) => void): MeterProvider {
  const meter = Object.assign(createNoopMeter(), {
    createCounter: () => ({
      add(spans: number, attributes?: Record<string, unknown>) {
        if (attributes?.[ATTR_ERROR_TYPE] === 'queue_full') overflowed(spans);
      },
    }),
  });
  return { getMeter: () => meter };
}

/** The variables that say where spans go. */
type CollectorConfig = Pick<
  TracingConfig,
  | 'JAEGER_HOST'
  | 'JAEGER_PORT'
  | 'ZIPKIN_URL'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_PROTOCOL'
  | 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'
  | 'OTEL_TRACES_EXPORTER'
>;

/**
 * The exporters of OTEL_TRACES_EXPORTER, else one for each collector that has an address; all of them get every span. None of them uses a proxy: on the laptop
 * HTTP_PROXY is the sidecar, which is for the requests of the service.
 */
async function exportersFor(config: CollectorConfig): Promise<ReadonlyMap<string, SpanExporter>> {
  const asked = new Set(config.OTEL_TRACES_EXPORTER ?? addressed(config));
  if (asked.has('none')) return new Map();
  const exporters = new Map<string, SpanExporter>();
  for (const name of asked) if (name !== 'none') exporters.set(name, await CREATE[name](config));
  return exporters;
}

function addressed(config: CollectorConfig): ExporterName[] {
  const names: ExporterName[] = [];
  if (config.JAEGER_HOST !== undefined) names.push('jaeger');
  if (config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_ENDPOINT) names.push('otlp');
  if (config.ZIPKIN_URL !== undefined) names.push('zipkin');
  return names;
}

const CREATE: Readonly<
  Record<Exclude<ExporterName, 'none'>, (config: CollectorConfig) => Promise<SpanExporter>>
> = {
  async jaeger({ JAEGER_HOST: host = 'localhost', JAEGER_PORT: port }) {
    const { JaegerExporter } = await import('@opentelemetry/exporter-jaeger');
    return new JaegerExporter({ host, port });
  },
  /** It reads its endpoint, headers, time-out and compression from the standard variables. */
  async otlp({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL }) {
    const protocol = OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? OTEL_EXPORTER_OTLP_PROTOCOL;
    const { OTLPTraceExporter } =
      protocol === 'http/json'
        ? await import('@opentelemetry/exporter-trace-otlp-http')
        : await import('@opentelemetry/exporter-trace-otlp-proto');
    return new OTLPTraceExporter();
  },
  async zipkin({ ZIPKIN_URL }) {
    const { ZipkinExporter } = await import('@opentelemetry/exporter-zipkin');
    return new ZipkinExporter(ZIPKIN_URL === undefined ? {} : { url: spansUrl(ZIPKIN_URL) });
  },
  async console() {
    const { ConsoleSpanExporter } = await import('@opentelemetry/sdk-trace');
    return new ConsoleSpanExporter();
  },
};

function spansUrl(text: string): string {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/api/v2/spans';
  return url.href;
}
