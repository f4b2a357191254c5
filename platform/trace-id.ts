import type { IncomingHttpHeaders } from 'node:http';

/** The trace that a request belongs to, by W3C `traceparent`, else B3 in its single or its multiple header form. */
export function traceId(headers: IncomingHttpHeaders): string | undefined {
  const traceparent = headers['traceparent'];
  if (typeof traceparent === 'string') return traceparent.split('-', 2)[1];
  // b3 is `traceid-spanid-…`, or a lone `0` which only says "not sampled".
  const b3 = headers['b3'] ?? headers['x-b3-traceid'];
  if (typeof b3 !== 'string' || b3.length === 1) return undefined;
  return b3.split('-', 1)[0];
}
