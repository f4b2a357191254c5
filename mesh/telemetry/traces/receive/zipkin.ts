import { z } from 'zod';
import { bounded, checked, parseJson } from '#mesh/telemetry/traces/receive/mistake.ts';
import { isTraceId, type Span, spanId, traceId } from '#mesh/telemetry/traces/span.ts';

const id = z.string().regex(/^[0-9a-fA-F]{1,16}$/, 'up to 16 hexadecimal digits are wanted');
/** Zipkin writes whole numbers; some senders write fractions, or strings. */
const microseconds = z.coerce.number().nonnegative().transform(Math.round);
const name = z.string().transform((text) => text.toLowerCase());

const endpoint = z.object({
  serviceName: name.nullish(),
  ipv4: z.string().nullish(),
  ipv6: z.string().nullish(),
  port: z.coerce.number().int().nonnegative().nullish(),
});

/** A span of Zipkin's v2 API. Unknown fields are left out, as Zipkin does. */
const zipkinSpan = z.object({
  traceId: z.string().refine(isTraceId, 'up to 32 hexadecimal digits, not all zero, are wanted'),
  id,
  parentId: id.nullish(),
  name: z.string().nullish(),
  kind: z.enum(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']).nullish(),
  timestamp: microseconds.nullish(),
  duration: microseconds.nullish(),
  shared: z.boolean().nullish(),
  localEndpoint: endpoint.nullish(),
  remoteEndpoint: endpoint.nullish(),
  annotations: z.array(z.object({ timestamp: microseconds, value: z.string() })).nullish(),
  tags: z.record(z.string(), z.coerce.string()).nullish(),
});

const zipkinSpans = z.array(zipkinSpan);

/**
 * Reads a list of spans in Zipkin's v2 JSON: the body of `POST /api/v2/spans`, and what Zipkin's query API answers.
 * @throws SpansMistake
 */
export function readZipkin(body: Buffer): readonly Span[] {
  return toSpans(parseJson(body));
}

/** @throws SpansMistake */
export function toSpans(value: unknown): readonly Span[] {
  return checked(zipkinSpans, value).map(toSpan);
}

function toSpan({ tags, annotations, ...span }: z.infer<typeof zipkinSpan>): Span {
  const { localEndpoint, remoteEndpoint, parentId, ...rest } = span;
  return bounded({
    ...present(rest),
    traceId: traceId(span.traceId),
    id: spanId(span.id),
    ...(parentId && { parentId: spanId(parentId) }),
    ...(localEndpoint && { localEndpoint: present(localEndpoint) }),
    ...(remoteEndpoint && { remoteEndpoint: present(remoteEndpoint) }),
    tags: tags ?? {},
    annotations: annotations ?? [],
  });
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are null or empty. */
function present<T extends object>(value: T): Present<T> {
  const given = Object.entries(value).filter(
    ([, field]) => field !== null && field !== undefined && field !== '',
  );
  return Object.fromEntries(given) as Present<T>;
}
