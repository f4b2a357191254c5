import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { STATUS_CODES } from '#platform/node-http.ts';
import { failure, type Status, StatusError } from './remote-io.ts';
import { SpdyConnection } from './spdy/connection.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** What node's `upgrade` event carries. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** The largest message that Kubernetes' own server takes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** A client that is gone while nothing is read from it is noticed by what cannot be written to it. */
const PING_EVERY = 5_000;

export function isWebSocket({ request }: Upgrade): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Answers as plain HTTP and hangs up. */
export function refuse(socket: Duplex, status: Status): void {
  const body = JSON.stringify(status);
  const code = status.code ?? 500;
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Unknown'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/**
 * Accepts the upgrade with the first of the client's protocols that the server speaks, and pauses the connection. `''` among the
 * server's means that a client need not name any.
 *
 * @throws StatusError 403, as Kubernetes does, if no protocol matches
 */
export async function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocols: readonly string[],
): Promise<{ websocket: WebSocket; protocol: string }> {
  const offered = listed(request.headers['sec-websocket-protocol']);
  const protocol = offered.length === 0 && protocols.includes('') ? '' : negotiate(offered, protocols);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MOST_BYTES,
  });
  if (protocol !== '') server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  server.once('wsClientError', ({ message }) => reject(refusal(400, `unable to upgrade: ${message}`)));
  server.handleUpgrade(withoutProtocols(request), socket, head, (websocket) => {
    // What the client sends at once waits for whoever takes the connection over.
    websocket.pause();
    resolve(websocket);
  });
  const websocket = await promise;
  keepAlive(websocket);
  return { websocket, protocol };
}

/** `ws` takes RFC 6455 by its word, where a protocol's name has no slash. Kubernetes' `SPDY/3.1+portforward.k8s.io` has one. */
function withoutProtocols(request: IncomingMessage): IncomingMessage {
  const { 'sec-websocket-protocol': _, ...headers } = request.headers;
  return Object.create(request, { headers: { value: headers } }) as IncomingMessage;
}

function keepAlive(websocket: WebSocket): void {
  const ping = setInterval(() => websocket.ping(() => {}), PING_EVERY).unref();
  // What breaks a connection ends it; `close` follows.
  websocket.on('error', () => websocket.terminate());
  websocket.once('close', () => clearInterval(ping));
}

/**
 * Accepts SPDY/3.1. The connection's protocol is chosen from the client's `X-Stream-Protocol-Version` headers.
 *
 * @throws StatusError 400 or 403 as Kubernetes answers
 */
export function acceptSpdy(
  { request, socket, head }: Upgrade,
  protocols: readonly string[],
  onStream: (stream: SpdyStream) => void,
): { connection: SpdyConnection; protocol: string } {
  if (request.headers.upgrade?.toLowerCase() !== 'spdy/3.1') {
    throw refusal(
      400,
      `unable to upgrade: only SPDY/3.1 and websocket are served, not ${request.headers.upgrade}`,
    );
  }
  const offered = listed(request.headers['x-stream-protocol-version']);
  if (offered.length === 0) throw refusal(400, 'unable to upgrade: X-Stream-Protocol-Version is required');
  const protocol = negotiate(offered, protocols);
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  socket.write(`${lines.join('\r\n')}\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return { connection: new SpdyConnection(socket, onStream), protocol };
}

function negotiate(offered: readonly string[], protocols: readonly string[]): string {
  const chosen = offered.find((name) => protocols.includes(name));
  if (chosen !== undefined) return chosen;
  const both = `client supports [${offered.join(' ')}], server accepts [${protocols.join(' ').trim()}]`;
  throw refusal(403, `unable to upgrade: unable to negotiate protocol: ${both}`);
}

function refusal(code: 400 | 403, message: string): StatusError {
  return new StatusError(failure(code, code === 400 ? 'BadRequest' : 'Forbidden', message));
}

function listed(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
