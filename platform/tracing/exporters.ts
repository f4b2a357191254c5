import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { ExporterName, TracingConfig } from '#platform/tracing/config.ts';

/** The variables that say where spans go. */
export type CollectorConfig = Pick<
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
export async function exportersFor(config: CollectorConfig): Promise<ReadonlyMap<string, SpanExporter>> {
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
