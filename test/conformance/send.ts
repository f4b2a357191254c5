import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';

/** One request as it goes on the wire. */
export interface Shot {
  readonly address: string;
  readonly port: number;
  /** A name and port that an HTTP proxy at the address is to CONNECT to. */
  readonly through?: string;
  readonly tls?: {
    readonly sni?: string | undefined;
    readonly certificate?: string;
    readonly key?: string;
    /** The only version and ciphers that are offered. */
    readonly version?: SecureVersion | undefined;
    readonly ciphers?: string | undefined;
  };
  /** `TCP` sends the id as a line. */
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly id: string;
  /** Milliseconds until it counts as unanswered. */
  readonly deadline: number;
}

/** What came back. */
export interface Answer {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  /** The body, or the line of TCP. */
  readonly body?: string;
  /** A connection that broke off: how. */
  readonly error?: 'refused' | 'closed' | 'silent' | 'proxy';
  readonly seconds: number;
}

/** Sends one request on a connection of its own; never rejects. */
export async function send(shot: Shot): Promise<Answer> {
  const start = performance.now();
  const signal = AbortSignal.timeout(shot.deadline);
  let socket: Socket | undefined;
  try {
    socket = await connect(shot, signal);
    const answer =
      shot.method === 'TCP' ? await exchangeLine(socket, shot.id) : await exchange(socket, shot, signal);
    return { ...answer, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    return { error: signal.aborted ? 'silent' : kindOf(error), seconds: (performance.now() - start) / 1000 };
  } finally {
    socket?.destroy();
  }
}

class ProxyRefusedError extends Error {
  override readonly name = 'ProxyRefusedError';
}

function kindOf(error: unknown): NonNullable<Answer['error']> {
  if (error instanceof ProxyRefusedError) return 'proxy';
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'closed';
}

async function connect(shot: Shot, signal: AbortSignal): Promise<Socket> {
  const plain = await opened(connectTcp(shot.port, shot.address), 'connect', signal);
  if (shot.through !== undefined) await askProxy(plain, shot.through, signal);
  if (!shot.tls) return plain;
  const { sni, certificate, key, version, ciphers } = shot.tls;
  const secure = connectTls({
    socket: plain,
    rejectUnauthorized: false,
    ...(sni !== undefined && { servername: sni }),
    ...(version && { minVersion: version, maxVersion: version }),
    ...(ciphers !== undefined && { ciphers }),
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
  });
  return opened<TLSSocket>(secure, 'secureConnect', signal);
}

/** A socket whose event has come; it rejects when it closes before. */
function opened<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket));
    // It may fail more than once; the first time decides.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
  });
}

function askProxy(socket: Socket, authority: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = '';
    const read = (part: Buffer) => {
      head += part.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      if (/^HTTP\/1\.1 2/.test(head)) resolve();
      else reject(new ProxyRefusedError(head.split('\r\n')[0]));
    };
    socket.on('data', read);
    socket.once('close', () => reject(new Error('closed')));
    signal.addEventListener('abort', () => reject(new Error('silent')), { once: true });
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  });
}

function exchangeLine(socket: Socket, line: string): Promise<Omit<Answer, 'seconds'>> {
  return new Promise((resolve, reject) => {
    let body = '';
    socket.on('data', (part: Buffer) => {
      body += part.toString('utf8');
      if (body.endsWith('\n')) resolve({ body: body.trimEnd() });
    });
    socket.once('close', () => reject(new Error('closed')));
    socket.write(`${line}\n`);
  });
}

function exchange(socket: Socket, shot: Shot, signal: AbortSignal): Promise<Omit<Answer, 'seconds'>> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...{ method: shot.method, path: shot.target, setHost: false, signal },
      createConnection: () => socket,
    });
    for (const [name, value] of [...shot.headers, ['x-cf', shot.id] as const]) request.setHeader(name, value);
    if (shot.body !== undefined) request.setHeader('content-length', Buffer.byteLength(shot.body));
    request.once('error', reject);
    request.once('response', (response: IncomingMessage) => {
      const { statusCode: status = 0, rawHeaders } = response;
      text(response).then((body) => resolve({ status, headers: pairs(rawHeaders), body }), reject);
    });
    request.end(shot.body);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as [string, string]] : [],
  );
}
