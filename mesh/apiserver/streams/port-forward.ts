import { once } from 'node:events';
import { connect as connectTo, type NetConnectOpts, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream } from 'ws';
import { Channels } from '#mesh/apiserver/streams/channels.ts';
import { failure, StatusError } from '#mesh/apiserver/streams/remote-io.ts';
import { SpdyConnection } from '#mesh/apiserver/streams/spdy/connection.ts';
import type { SpdyStream } from '#mesh/apiserver/streams/spdy/stream.ts';
import { acceptSpdy, acceptWebSocket, isWebSocket, type Upgrade } from '#mesh/apiserver/streams/upgrade.ts';

/**
 * Serves `pods/portforward`. Resolves when the client is gone.
 *
 * @throws StatusError where the request cannot be upgraded
 */
export async function servePortForward(upgrade: Upgrade, connect: ConnectPort): Promise<void> {
  if (!isWebSocket(upgrade)) return forwardOverSpdy(upgrade, connect);
  const tunnelled = upgrade.request.headers['sec-websocket-protocol']?.includes(TUNNEL);
  return tunnelled ? forwardOverTunnel(upgrade, connect) : forwardOverWebSocket(upgrade, connect);
}

/** Connects to a local port or a Unix socket, and resolves once it is connected. */
export async function dial(target: NetConnectOpts): Promise<Socket> {
  const socket = connectTo({ ...target, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

const PROTOCOL = 'portforward.k8s.io';
/** SPDY's frames within the binary messages of a WebSocket: kubectl's way from 1.31 on. */
const TUNNEL = `SPDY/3.1+${PROTOCOL}`;

async function forwardOverSpdy(upgrade: Upgrade, connect: ConnectPort): Promise<void> {
  await acceptSpdy(upgrade, [PROTOCOL], pairing(connect)).connection.closed;
}

async function forwardOverTunnel(upgrade: Upgrade, connect: ConnectPort): Promise<void> {
  const { websocket } = await acceptWebSocket(upgrade, [TUNNEL]);
  await new SpdyConnection(createWebSocketStream(websocket), pairing(connect)).closed;
}

/** Each connection of the client is two streams, which name the same port and request: first `error`, then `data`. */
function pairing(connect: ConnectPort): (stream: SpdyStream) => void {
  const errors = new Map<string, SpdyStream>();
  return (stream) => {
    const type = stream.headers.get('streamtype');
    const port = portNumber(stream.headers.get('port') ?? '');
    const request = requestOf(stream);
    if (port === undefined) return void stream.destroy();
    if (type === 'error') {
      errors.set(request, stream.resume());
      stream.once('close', () => errors.delete(request));
      return;
    }
    const error = errors.get(request);
    if (type !== 'data' || error === undefined) return void stream.destroy();
    errors.delete(request);
    forward(stream, port, connect).then((message) => error.end(message ?? ''));
  };
}

/** Clients before Kubernetes 1.2 send no request's id; their error stream comes just before its data stream. */
function requestOf(stream: SpdyStream): string {
  const isData = stream.headers.get('streamtype') === 'data';
  return stream.headers.get('requestid') ?? `stream ${isData ? stream.id - 2 : stream.id}`;
}

const PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];
/** One byte numbers the channels, and 255 has a special meaning. In base64 the number is a digit. */
const MOST_PORTS = 127;

/** One connection for each port that the query names: channel 2n carries its bytes, channel 2n+1 what went wrong. */
async function forwardOverWebSocket(upgrade: Upgrade, connect: ConnectPort): Promise<void> {
  const ports = portsOf(upgrade.request.url ?? '/');
  const { websocket, protocol } = await acceptWebSocket(upgrade, PROTOCOLS);
  const channels = new Channels(websocket, protocol);
  const forwards = ports.map(async (port, index) => {
    const [data, error] = [index * 2, index * 2 + 1];
    // Before anything is awaited: clients send as soon as they are connected.
    const [readable, writable] = [channels.reader(data), channels.writer(data)];
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    for (const channel of [data, error]) await channels.send(channel, number).catch(() => {});
    // These protocols know no half-closed connection: what the pod ended, the client ended too.
    writable.once('finish', () => channels.end(data));
    const client = Duplex.from({ readable, writable });
    const message = await forward(client, port, connect);
    if (message !== undefined) await channels.send(error, Buffer.from(message)).catch(() => {});
  });
  await Promise.all(forwards);
  await channels.close();
}

function portsOf(url: string): number[] {
  const query = new URL(url, 'http://localhost').searchParams;
  const named = [...query.getAll('ports'), ...query.getAll('port')].flatMap((value) => value.split(','));
  if (named.length === 0) throw refusal('query parameter "ports" is required');
  if (named.length > MOST_PORTS) throw refusal(`at most ${MOST_PORTS} ports can be forwarded at once`);
  return named.map((text) => {
    const port = portNumber(text);
    if (port === undefined) throw refusal(`unable to parse "${text}" as a port`);
    return port;
  });
}

function refusal(message: string): StatusError {
  return new StatusError(failure(400, 'BadRequest', message));
}

/**
 * Reaches a port of the pod: a TCP port of this machine, a Unix socket, or whatever else carries bytes both ways. The connection must
 * allow a half-open state, as those of `dial` do.
 */
export type ConnectPort = (port: number) => Promise<Duplex>;

const REASONS = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['ENOENT', 'no such file or directory'],
  ['ETIMEDOUT', 'connection timed out'],
]);

/**
 * Joins a client's stream with a port of the pod until both directions have ended, each in its own time.
 *
 * @returns what went wrong, in Kubernetes' words
 */
async function forward(client: Duplex, port: number, connect: ConnectPort): Promise<string | undefined> {
  let pod: Duplex;
  try {
    pod = await connect(port);
  } catch (error) {
    client.resume();
    client.end();
    return `error forwarding port ${port} to pod: dial tcp4 127.0.0.1:${port}: connect: ${reason(error)}`;
  }
  let broken: unknown;
  // It is not the pod's fault if a client gives up, as kubectl does with a stream whose local connection is closed.
  pod.once('error', (error) => {
    if (!client.destroyed) broken = error;
  });
  await Promise.allSettled([pipeline(client, pod), pipeline(pod, client)]);
  pod.destroy();
  return broken === undefined ? undefined : `error forwarding port ${port} to pod: ${reason(broken)}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS.get((error as NodeJS.ErrnoException).code ?? '') ?? error.message;
}

/** A port as a client names it; 0 is none. */
function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}
