/** Those by which a mesh joins the spans of a request's hops, in every form that tracers know. */
export const TRACE_HEADERS: ReadonlySet<string> = new Set([
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'b3',
  'traceparent',
  'tracestate',
]);

/**
 * Those that no tracing library knows: a service always copies them. Without `x-dev-user` routing by user would end
 * at the first hop.
 */
export const APPLICATION_HEADERS: ReadonlySet<string> = new Set([
  'x-request-id',
  'x-ot-span-context',
  'fail',
  'x-dev-user',
]);

/**
 * Those that bookinfo's services also copy: headers of tracers that mark requests in their own ways, and the header that says
 * who the user is. Add them to `Tracing.forwards`; only for calls within the application, never to an outside host.
 */
export const BOOKINFO_HEADERS: ReadonlySet<string> = new Set([
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
  'x-cloud-trace-context',
  'grpc-trace-bin',
  'sw8',
  'user-agent',
  'cookie',
  'authorization',
  'jwt',
]);

/** Who is logged in, as bookinfo's productpage tells the services behind it; those copy it, productpage never does. */
export const END_USER = 'end-user';

/** Headers by lower-case name; a repeated header has a list. */
export type OutgoingHeaders = Record<string, string | string[]>;

/**
 * Picks the headers that a service copies from the request it got to the requests it makes, from node's `rawHeaders`
 * (name, value, name, value …). The raw ones, because node joins repeated headers with commas and drops some repeats.
 */
export function forwardedHeaders(rawHeaders: readonly string[], names: ReadonlySet<string>): OutgoingHeaders {
  const headers: OutgoingHeaders = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (names.has(name)) append(headers, name, rawHeaders[i + 1] ?? '');
  }
  return headers;
}

function append(headers: OutgoingHeaders, name: string, value: string): void {
  const before = headers[name];
  headers[name] = before === undefined ? value : [before, value].flat();
}
