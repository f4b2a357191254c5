import type { Request } from '#services/stand-in/part.ts';

/** The largest body to show; longer ones are cut. Bytes. */
const SHOWN = 64 << 10;

/** Headers of one connection, or of one message, which a call of one's own does not repeat. */
const OWN_HEADERS = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer'],
  ...['host', 'content-length', 'content-type', 'content-encoding', 'accept-encoding', 'expect'],
]);

/** The mesh writes these anew at each hop. */
const OF_A_HOP = /^(?::|x-envoy-|x-forwarded-|grpc-)/;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Headers by lower-case name; repeated ones joined, HTTP/2's own ones left out. */
export function plainHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name.startsWith(':') ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

/** The headers that travel on to the services behind: all that are not about one hop. */
export function passedOn(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(plainHeaders(headers)).filter(([name]) => !OWN_HEADERS.has(name) && !OF_A_HOP.test(name)),
  );
}

/**
 * The caller's SPIFFE identity, from the header that the pod's sidecar writes; the last element is the nearest caller's
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert).
 */
export function callerOf(headers: Headers): string | undefined {
  const text = [headers['x-forwarded-client-cert'] ?? []].flat().join(',');
  return [...text.matchAll(/(?:^|[;,])\s*URI="?([^;,"]+)/gi)].at(-1)?.[1];
}

/** The path and host of a request, by HTTP/1.1 or h2c. */
export function targetOf(request: Request): { readonly path: string; readonly host: string } {
  const host = request.headers[':authority'] ?? request.headers.host ?? '';
  return { path: request.url ?? '/', host: String(host) };
}

/** Reads a body to its end, and keeps the part to show. */
export async function bodyOf(request: Request): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size < SHOWN) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, SHOWN).toString();
}
