import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { createServer as createHttpServer } from '#platform/node-http.ts';
import { answerGrpc } from '#services/stand-in/grpc.ts';
import type { PartPort, Request, Response, Role } from '#services/stand-in/part.ts';

/** What every HTTP/2 connection begins with (RFC 9113 section 3.4). */
const PREFACE = 'PRI * HTTP/2.0';
const METHOD = /^[A-Z-]{1,20} \S/;
/** Longer than Envoy keeps an idle connection: the side that closes first may lose a request that is on its way. */
const HTTP = {
  keepAliveTimeout: 3_605_000,
  headersTimeout: 10_000,
  requestTimeout: 0,
  noDelay: true,
} as const;

export interface OpenPort {
  /** Accepts nothing new; resolves when what is under way has ended, or after `patience` milliseconds. */
  close(patience: number): Promise<void>;
}

/** Listens for one port of a container. Rejects with the system's error. */
export async function openPort(port: PartPort, role: Role): Promise<OpenPort> {
  const sockets = new Set<Socket>();
  const http = httpServer(port, role);
  const http2 = http2Server(port, role);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    void serveConnection(socket, { port, role, http, http2 });
  });
  server.listen({ host: '127.0.0.1', port: port.local, backlog: 1024 });
  await once(server, 'listening');
  return { close: (patience) => close({ server, sockets, http, patience }) };
}

interface Servers {
  readonly port: PartPort;
  readonly role: Role;
  readonly http: ReturnType<typeof createHttpServer>;
  readonly http2: ReturnType<typeof createHttp2Server>;
}

/** A port speaks what its name says; if no name says it, the first bytes of a connection do. */
async function serveConnection(socket: Socket, { port, role, http, http2 }: Servers): Promise<void> {
  if (port.protocol === 'tcp') return role.tcp ? role.tcp(socket, port) : void socket.destroy();
  const begin = await firstBytes(socket);
  if (begin === undefined) return void socket.destroy();
  socket.unshift(begin);
  const text = begin.toString('latin1');
  if (text.startsWith(PREFACE)) http2.emit('connection', socket);
  else if (METHOD.test(text) || !role.tcp) http.emit('connection', socket);
  else role.tcp(socket, port);
  // HTTP/2 has its own way of reading.
  if (!text.startsWith(PREFACE)) socket.resume();
}

/** The first bytes; undefined if the client leaves without sending any, as probes do. */
function firstBytes(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const finish = (result: Buffer | undefined) => {
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const undecided = read.length < PREFACE.length && PREFACE.startsWith(read.toString('latin1'));
      if (!undecided) finish(read);
    };
    const onEnd = () => finish(read.length > 0 ? read : undefined);
    socket.on('data', onData).once('end', onEnd).once('close', onEnd);
  });
}

function httpServer(port: PartPort, role: Role) {
  const server = createHttpServer(
    HTTP,
    (request, response) => void answer(request, response, { port, role }),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const path = request.url ?? '/';
    if (!role.webSocket?.(path) || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    });
  });
  return server;
}

const webSockets = new WebSocketServer({ noServer: true, clientTracking: false });

function http2Server(port: PartPort, role: Role) {
  const server = createHttp2Server();
  server.on('sessionError', () => {});
  server.on('session', (session) => session.on('error', () => {}));
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const isGrpc = String(request.headers['content-type'] ?? '').startsWith('application/grpc');
    if (isGrpc) void answerGrpc(request, response, { role, port });
    else void answer(request, response, { port, role });
  });
  return server;
}

async function answer(
  request: Request,
  response: Response,
  { port, role }: { readonly port: PartPort; readonly role: Role },
): Promise<void> {
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    if (!role.http) throw new Error('this role does not speak HTTP');
    await role.http(request, response, port);
  } catch (error) {
    if (response.headersSent) response.end();
    else send(response, { status: 500, body: `${(error as Error).message}\n` });
  }
}

export interface Answered {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers at once, by HTTP/1.1 or h2c alike. */
export function send(response: Response, { status, body, headers = {} }: Answered): void {
  const own = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
  // Both kinds of response have this method, of the same shape; their types have no call in common.
  (response as { writeHead(status: number, headers: object): unknown }).writeHead(status, {
    ...own,
    ...headers,
  });
  (response as { end(body: string | Buffer): unknown }).end(body);
}

interface Closing extends Pick<Servers, 'http'> {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly patience: number;
}

async function close({ server, sockets, http, patience }: Closing): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = () => {
    http.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  idle();
  const cut = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), patience);
  await closed;
  clearTimeout(cut);
}
