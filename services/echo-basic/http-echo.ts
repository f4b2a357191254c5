import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { parseDuration } from '#platform/duration.ts';
import type { EchoConfig } from '#services/echo-basic/config.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Answers with the request (path, host, method, protocol, headers) and says who answers. */
export function echoRequest(config: EchoConfig, log: (text: string) => void) {
  const failing = failFirst();
  return async (request: Request, response: Response): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://echo');
    if (url.pathname === '/health') return end(response, 200, 'OK');
    if (url.pathname.startsWith('/status/')) return end(response, statusIn(url.pathname), '');
    log(`Echoing back request made to ${request.url} to client (${request.socket.remoteAddress})`);
    const failure = failing(url.searchParams);
    if (failure !== undefined) return end(response, failure, '');
    const delay = url.searchParams.get('delay');
    const milliseconds = delay === null ? 0 : parseDuration(delay);
    if (milliseconds === undefined)
      return end(response, 500, JSON.stringify({ message: `invalid duration ${JSON.stringify(delay)}` }));
    if (milliseconds > 0) await pause(milliseconds);
    for (const [name, value] of wantedHeaders(request)) response.setHeader(name, value);
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    end(response, 200, JSON.stringify(described(request, config), null, 1));
  };
}

/** Both kinds of answer have the same methods, which TypeScript cannot see through their overloads. */
function end(response: Response, status: number, text: string): void {
  response.statusCode = status;
  (response as ServerResponse).end(text);
}

/** `/status/503` asks for that status. */
function statusIn(path: string): number {
  const [, digits] = /^\/status\/([1-9]\d\d)$/.exec(path) ?? [];
  return digits === undefined ? 400 : Number(digits);
}

/** So many callers are remembered; a suite that tries retries has a few. */
const mostCallers = 1000;

/**
 * `?uuid=…&responseCode=503&succeedAfter=2` asks for that status twice, and for an answer from then on: so a client's retries can be counted. What it
 * returns is the status to fail with.
 */
function failFirst(): (query: URLSearchParams) => number | undefined {
  const failures = new Map<string, number>();
  return (query) => {
    const [uuid, code, after] = ['uuid', 'responseCode', 'succeedAfter'].map((name) => query.get(name));
    if (uuid == null || code == null || after == null) return undefined;
    if (!/^[2-5]\d\d$/.test(code) || !/^\d+$/.test(after)) return 400;
    const before = failures.get(uuid) ?? 0;
    if (before >= Number(after)) return undefined;
    failures.set(uuid, before + 1);
    const [oldest] = failures.keys();
    if (failures.size > mostCallers && oldest !== undefined) failures.delete(oldest);
    return Number(code);
  };
}

function described(request: Request, config: EchoConfig) {
  const tls = tlsOf(request);
  return {
    path: request.url,
    host: hostOf(request),
    method: request.method,
    proto: request.httpVersionMajor === 2 ? 'HTTP/2.0' : `HTTP/${request.httpVersion}`,
    headers: headersOf(request),
    namespace: config.NAMESPACE,
    ingress: config.INGRESS_NAME,
    service: config.SERVICE_NAME,
    pod: config.POD_NAME,
    ...(tls && { tls }),
    sni: tls?.serverName ?? '',
  };
}

function hostOf({ headers }: Request): string {
  const authority = headers[':authority'];
  return (typeof authority === 'string' ? authority : headers.host) ?? '';
}

/** Every value of every header, by Go's spelling of the name; the host is told apart from them. */
function headersOf({ rawHeaders }: Request): Readonly<Record<string, readonly string[]>> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.startsWith(':') || name.toLowerCase() === 'host') continue;
    const key = name.toLowerCase().replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
    headers.set(key, [...(headers.get(key) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return Object.fromEntries(headers);
}

/** `X-Echo-Set-Header: name:value, other:value` asks for headers in the answer; one that comes twice has both values. */
function wantedHeaders({ headers }: Request): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>();
  for (const pair of [headers['x-echo-set-header'] ?? []].flat().join(',').split(',')) {
    const [, name, value] = /^\s*([^\s:]+):(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) continue;
    const before = wanted.get(name);
    wanted.set(name, before === undefined ? value.trim() : `${before},${value.trim()}`);
  }
  return wanted;
}

function tlsOf({ socket }: Request) {
  if (!(socket instanceof TLSSocket)) return undefined;
  const peer = socket.getPeerX509Certificate();
  const serverName = (socket as TLSSocket & { readonly servername?: string | false }).servername;
  return {
    version: socket.getProtocol() ?? '',
    ...(peer && { peerCertificates: [peer.toString()] }),
    serverName: serverName || '',
    ...(socket.alpnProtocol && { negotiatedProtocol: socket.alpnProtocol }),
    cipherSuite: socket.getCipher().standardName,
  };
}
