import { z } from 'zod';
import { bounded, checked, parseJson } from '#mesh/telemetry/traces/receive/mistake.ts';
import { type Endpoint, type Span, type SpanKind, spanId, traceId } from '#mesh/telemetry/traces/span.ts';

/**
 * Reads the body of `POST /v1/traces` in OTLP's JSON.
 * @throws SpansMistake
 */
export function readOtlpJson(body: Buffer): readonly Span[] {
  return fromOtlp(parseJson(body));
}

/**
 * The spans of an ExportTraceServiceRequest in its JSON form.
 * @throws SpansMistake
 */
export function fromOtlp(value: unknown): readonly Span[] {
  return (checked(otlpRequest, value).resourceSpans ?? []).flatMap(({ resource, scopeSpans: scopes }) => {
    const of = tagsOf(resource?.attributes);
    return (scopes ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => toSpan(span, { resource: of, scope: scope?.name ?? '' })),
    );
  });
}

interface Origin {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: string;
}

function toSpan(span: z.infer<typeof otlpSpan>, { resource, scope }: Origin): Span {
  const tags = tagsOf(span.attributes);
  const start = microseconds(span.startTimeUnixNano);
  const kind = kindOf(span.kind);
  const peer = peerOf(tags);
  return bounded({
    traceId: traceId(span.traceId),
    id: spanId(span.spanId),
    ...(span.parentSpanId && { parentId: spanId(span.parentSpanId) }),
    ...(span.name && { name: span.name }),
    ...(kind && { kind }),
    timestamp: start,
    ...(span.endTimeUnixNano && { duration: Math.max(0, microseconds(span.endTimeUnixNano) - start) }),
    localEndpoint: { serviceName: (resource['service.name'] ?? 'unknown').toLowerCase() },
    ...(peer && { remoteEndpoint: peer }),
    tags: { ...tags, ...statusTags(span.status), ...originTags(resource, scope) },
    annotations: (span.events ?? []).map(({ timeUnixNano, name, attributes }) => ({
      timestamp: microseconds(timeUnixNano),
      value: eventText(name, attributes),
    })),
  });
}

/** By number in JSON; by name in what some senders write. 0 and 1 are a span inside one program. */
function kindOf(kind: number | string | null | undefined): SpanKind | undefined {
  const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
  const name = typeof kind === 'number' ? kinds[kind] : kind?.replace('SPAN_KIND_', '');
  return name === 'SERVER' || name === 'CLIENT' || name === 'PRODUCER' || name === 'CONSUMER'
    ? name
    : undefined;
}

/** As the specification of OpenTelemetry's Zipkin exporter maps them: `error` and `otel.status_code`. */
function statusTags(status: z.infer<typeof otlpSpan>['status']): Record<string, string> {
  const code = status?.code;
  if (code === 2 || code === 'STATUS_CODE_ERROR') {
    return { error: status?.message || 'true', 'otel.status_code': 'ERROR' };
  }
  return code === 1 || code === 'STATUS_CODE_OK' ? { 'otel.status_code': 'OK' } : {};
}

function originTags(resource: Origin['resource'], scope: string): Record<string, string> {
  const kept = ['service.version', 'service.instance.id', 'host.name', 'k8s.pod.name'];
  const known = kept.flatMap((name) => (resource[name] === undefined ? [] : [[name, resource[name]]]));
  return { ...Object.fromEntries(known), ...(scope && { 'otel.scope.name': scope }) };
}

function peerOf(tags: Readonly<Record<string, string>>): Endpoint | undefined {
  const serviceName = tags['peer.service']?.toLowerCase();
  return serviceName === undefined ? undefined : { serviceName };
}

function eventText(name: string, attributes: readonly Attribute[] | null | undefined): string {
  const tags = tagsOf(attributes);
  return Object.keys(tags).length === 0 ? name : `${name} ${JSON.stringify(tags)}`;
}

/** Through BigInt, because nanoseconds since 1970 have more digits than a number keeps. */
function microseconds(nanos: string | number): number {
  return typeof nanos === 'number' ? Math.round(nanos / 1000) : Number(BigInt(nanos) / 1000n);
}

/** AnyValue of opentelemetry/proto/common/v1: one of these fields is set, or none. */
type AnyValue = {
  readonly stringValue?: string | null | undefined;
  readonly boolValue?: boolean | null | undefined;
  readonly intValue?: string | number | null | undefined;
  readonly doubleValue?: string | number | null | undefined;
  readonly bytesValue?: string | null | undefined;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] | null | undefined } | null | undefined;
  readonly kvlistValue?: { readonly values?: readonly Attribute[] | null | undefined } | null | undefined;
};

interface Attribute {
  readonly key: string;
  readonly value?: AnyValue | null | undefined;
}

const anyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z.object({
    stringValue: z.string().nullish(),
    boolValue: z.boolean().nullish(),
    intValue: z.union([z.string(), z.number()]).nullish(),
    doubleValue: z.union([z.string(), z.number()]).nullish(),
    bytesValue: z.string().nullish(),
    arrayValue: z.object({ values: z.array(anyValue).nullish() }).nullish(),
    kvlistValue: z.object({ values: z.array(attribute).nullish() }).nullish(),
  }),
);

const attribute: z.ZodType<Attribute> = z.object({ key: z.string(), value: anyValue.nullish() });

/** Attributes as tags: texts as they are, everything else as JSON. */
function tagsOf(attributes: readonly Attribute[] | null | undefined): Record<string, string> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, textOf(plain(value))]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function plain(value: AnyValue | null | undefined): unknown {
  const { arrayValue, kvlistValue, intValue, doubleValue } = value ?? {};
  if (arrayValue) return (arrayValue.values ?? []).map(plain);
  if (kvlistValue) {
    return Object.fromEntries(
      (kvlistValue.values ?? []).map(({ key, value: member }) => [key, plain(member)]),
    );
  }
  // Numbers of 64 bits stay texts, because a number would lose digits.
  return value?.stringValue ?? value?.boolValue ?? intValue ?? doubleValue ?? value?.bytesValue ?? '';
}

/** Numbers of 64 bits are strings in protobuf's JSON. */
const nanoseconds = z.union([z.string().regex(/^\d+$/), z.number().nonnegative()]);
const id = (digits: number) =>
  z
    .string()
    .regex(
      new RegExp(`^(?!0+$)[0-9a-fA-F]{${digits}}$`),
      `${digits} hexadecimal digits, not all zero, are wanted`,
    );

/** A span as OTLP's JSON writes it; unknown fields are left out. */
const otlpSpan = z.object({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: z.union([z.literal(''), id(16)]).nullish(),
  name: z.string().nullish(),
  kind: z.union([z.number(), z.string()]).nullish(),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds.nullish(),
  attributes: z.array(attribute).nullish(),
  events: z
    .array(
      z.object({ timeUnixNano: nanoseconds, name: z.string(), attributes: z.array(attribute).nullish() }),
    )
    .nullish(),
  status: z
    .object({ code: z.union([z.number(), z.string()]).nullish(), message: z.string().nullish() })
    .nullish(),
});

const scopeSpans = z.object({
  scope: z.object({ name: z.string().nullish() }).nullish(),
  spans: z.array(otlpSpan).nullish(),
});

/** ExportTraceServiceRequest of https://opentelemetry.io/docs/specs/otlp/. */
const otlpRequest = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: z.array(attribute).nullish() }).nullish(),
        scopeSpans: z.array(scopeSpans).nullish(),
      }),
    )
    .nullish(),
});
