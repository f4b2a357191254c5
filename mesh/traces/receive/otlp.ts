import type { z } from 'zod';
import { spanId, traceId } from '#mesh/traces/ids.ts';
import { bounded } from '#mesh/traces/receive/bounded.ts';
import { parseJson, schemaMistake } from '#mesh/traces/receive/mistake.ts';
import { type Attribute, tagsOf } from '#mesh/traces/receive/otlp-attributes.ts';
import { otlpRequest, type otlpSpan } from '#mesh/traces/receive/otlp-schema.ts';
import type { Endpoint, Span, SpanKind } from '#mesh/traces/span.ts';

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
  const { data, error } = otlpRequest.safeParse(value);
  if (error) throw schemaMistake(error);
  return (data.resourceSpans ?? []).flatMap(({ resource, scopeSpans: scopes }) => {
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
