import { z } from 'zod';
import { httpUrl, integer, number, oneOf, variable } from '#platform/environment.ts';

const EXPORTERS = ['none', 'otlp', 'zipkin', 'jaeger', 'console'] as const;
export type ExporterName = (typeof EXPORTERS)[number];

/**
 * The variables of tracing. Those that begin with OTEL_ are of the OpenTelemetry specification ("Environment Variable
 * Specification"); the SDK reads them by itself, and would silently replace a mistaken one by its default.
 */
export const tracingVariables = z.object({
  /** `headers`: forwarded by hand; `simple`: by the SDK's instrumentations; `full`: with spans of the service's own. */
  TRACING: oneOf('headers', 'simple', 'full').default('headers'),

  /** Where Jaeger receives Thrift by UDP. */
  JAEGER_HOST: z.string().optional(),
  JAEGER_PORT: integer({ min: 1, max: 65_535 }).default(6832),
  /** A Zipkin server, or one with the same API; `/api/v2/spans` is added to a URL without a path. */
  ZIPKIN_URL: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf('http/json', 'http/protobuf').optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf('http/json', 'http/protobuf').optional(),
  /** Exporters to use, whatever the variables above name; `none` switches all off. */
  OTEL_TRACES_EXPORTER: list(EXPORTERS).optional(),

  OTEL_SDK_DISABLED: variable('true or false', boolean).optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_PROPAGATORS: list(['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none']).optional(),
  OTEL_TRACES_SAMPLER: oneOf(
    ...['always_on', 'always_off', 'traceidratio'],
    ...['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
  ).optional(),
  OTEL_TRACES_SAMPLER_ARG: number({ min: 0, max: 1 }).optional(),
  /** Of each exporter's queue: spans, milliseconds. */
  OTEL_BSP_MAX_QUEUE_SIZE: integer({ min: 1, max: 1 << 20 }).default(2048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer({ min: 1, max: 1 << 20 }).default(512),
  OTEL_BSP_SCHEDULE_DELAY: integer({ min: 1, max: 3_600_000 }).default(5_000),
  OTEL_BSP_EXPORT_TIMEOUT: integer({ min: 1, max: 3_600_000 }).default(30_000),
});

export type TracingConfig = z.output<typeof tracingVariables>;

function list<const T extends string>(values: readonly T[]) {
  return variable(`a comma separated list of ${values.join(', ')}`, (text) => {
    const names = text.split(',').map((name) => values.find((value) => value === name.trim()));
    return names.every((name) => name !== undefined) ? names : undefined;
  });
}

function boolean(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : undefined;
}
