import type { IncomingHttpHeaders } from 'node:http';
import { APPLICATION_HEADERS, TRACE_HEADERS } from '#platform/headers.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** The trace that a request belongs to, by W3C `traceparent`, else B3 in its single or its multiple header form. */
export function traceOf(headers: IncomingHttpHeaders): TraceReference | undefined {
  const traceparent = headers['traceparent'];
  if (typeof traceparent === 'string') {
    const [, traceId, , flags] = traceparent.split('-', 4);
    return reference(traceId, (Number.parseInt(flags ?? '', 16) & 1) === 1);
  }
  const b3 = headers['b3'];
  if (typeof b3 === 'string') {
    // `traceid-spanid-…`, or a lone `0` which only says "not sampled".
    const [traceId, , sampled] = b3.split('-', 3);
    return reference(traceId, isSampled(sampled));
  }
  const sampled = headers['x-b3-flags'] === '1' || isSampled(headers['x-b3-sampled']);
  return reference(headers['x-b3-traceid'], sampled);
}

/** Clients can send anything; only ids go into logs and metrics. */
const TRACE_ID = /^[\da-f]{16}([\da-f]{16})?$/i;

function reference(traceId: string | string[] | undefined, sampled: boolean): TraceReference | undefined {
  return typeof traceId === 'string' && TRACE_ID.test(traceId) ? { traceId, sampled } : undefined;
}

/** `d` is "debug", which always samples; older tracers send `true`. */
function isSampled(text: string | string[] | undefined): boolean {
  return text === '1' || text === 'd' || text === 'true';
}

/**
 * Variant 1, `TRACING=headers`: no SDK. The sidecars make the spans; the service only copies the headers by which they
 * know that its requests belong together.
 */
export const headersTracing: Tracing = {
  forwards: new Set([...APPLICATION_HEADERS, ...TRACE_HEADERS]),
  traceOf,
  exports: [],
  shutdown: async () => {},
};
