/**
 * The headers that a service copies from the request it got to the requests it makes. Without the tracing ones a mesh
 * sees each hop as a trace of its own; without `x-dev-user` routing by user would end at the first hop.
 */
const FORWARDED = new Set([
  'x-request-id',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'b3',
  'traceparent',
  'tracestate',
  'x-ot-span-context',
  'fail',
  'x-dev-user',
]);

/** Headers by lower-case name; a repeated one has a list. */
export type OutgoingHeaders = Record<string, string | string[]>;

/**
 * Picks the headers to forward from node's `rawHeaders` (name, value, name, value …). The raw ones, because node joins
 * repeated headers with commas and drops some repeats.
 */
export function forwardedHeaders(rawHeaders: readonly string[]): OutgoingHeaders {
  const headers: OutgoingHeaders = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (FORWARDED.has(name)) append(headers, name, rawHeaders[i + 1] ?? '');
  }
  return headers;
}

function append(headers: OutgoingHeaders, name: string, value: string): void {
  const before = headers[name];
  headers[name] = before === undefined ? value : [before, value].flat();
}
