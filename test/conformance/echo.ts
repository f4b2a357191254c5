/**
 * The backend of both sides: it tells who it is and what it received, and notes each request in a file.
 *
 * Environment: POD (its name), HTTP_PORTS, TCP_PORT (9000), TLS_PORT (8443), PORT_MAP (the laptop's: declared:bound,…),
 * BIND (an address), ECHO_HOME: a folder with `tls.crt` and `tls.key`, for `POD.log` and for the counts of `times`.
 *
 * The header `x-do` asks for behaviour: `status=503`, `sleep=0.5` (seconds), `reset`, `hdr=name:value`, several with commas.
 * `times=2`: only the first two of one x-cf, counted over all pods; `only=b-v1`: only that pod.
 */
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** What a pod noted of one request, or of one line of TCP. */
export interface Receipt {
  readonly pod: string;
  /** The request's header x-cf. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
}

/** What a pod answers. */
export interface Echo extends Receipt {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LARGE = 256 * 1024;

/** A backend that listens, with the ports that it has got where 0 was asked for. */
export interface StartedEcho {
  readonly http: number;
  readonly tls: number;
  readonly tcp: number;
  close(): void;
}

/** Starts the backend; resolves when it listens. */
export async function startEcho(env: NodeJS.ProcessEnv): Promise<StartedEcho> {
  const pod = env['POD'] ?? '';
  const home = env['ECHO_HOME'] ?? '.';
  const bound = new Map(
    (env['PORT_MAP'] ?? '').split(',').map((pair) => pair.split(':') as [string, string]),
  );
  const host = env['BIND'] ?? (env['PORT_MAP'] ? '127.0.0.1' : '0.0.0.0');
  const servers: Server[] = [];
  const listen = async (server: Server, declared: string) => {
    servers.push(server.listen(Number(bound.get(declared) ?? declared), host));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    void reply({ pod, home, request, response }).catch(() => response.destroy());
  const options = { maxHeaderSize: LARGE, keepAliveTimeout: 0, requestTimeout: 0 };
  const ports = (env['HTTP_PORTS'] ?? '8080')
    .split(',')
    .map((port) => listen(createServer(options, answer), port));
  const [cert = '', key = ''] = ['tls.crt', 'tls.key'].map((file) => readFileSync(join(home, file), 'utf8'));
  const secure = createTlsServer({ ...options, cert, key }, answer);
  const lines = createTcpServer((socket) => echoLines(socket, pod, home));
  return {
    tls: await listen(secure, env['TLS_PORT'] ?? '8443'),
    tcp: await listen(lines, env['TCP_PORT'] ?? '9000'),
    http: (await Promise.all(ports))[0] ?? 0,
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

function note(home: string, receipt: Receipt): void {
  appendFileSync(join(home, `${receipt.pod}.log`), `${JSON.stringify(receipt)}\n`);
}

function echoLines(socket: Socket, pod: string, home: string): void {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket })
    .on('line', (line) => {
      note(home, { pod, id: line, method: 'TCP', path: '', host: '' });
      socket.write(`${pod} ${line}\n`);
    })
    .on('error', () => socket.destroy());
}

interface Exchange {
  readonly pod: string;
  readonly home: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function reply({ pod, home, request, response }: Exchange): Promise<void> {
  const { method = '', url: path = '', headers } = request;
  const body = (await text(request)).slice(0, 200);
  const receipt = { pod, id: `${headers['x-cf'] ?? ''}`, method, path, host: headers.host ?? '' };
  note(home, receipt);
  const wishes = wishesOf(`${headers['x-do'] ?? ''}`, pod, countOf(home, receipt.id));
  if (wishes.has('sleep')) await setTimeout(Number(wishes.get('sleep')) * 1000);
  if (wishes.has('reset')) return void request.socket.resetAndDestroy();
  const [name, value] = (wishes.get('hdr') ?? '').split(':');
  if (name) response.setHeader(name, value ?? '');
  response.writeHead(Number(wishes.get('status') ?? 200), {
    'content-type': 'application/json',
    'x-from-app': '1',
  });
  response.end(JSON.stringify({ ...receipt, headers: joined(request.rawHeaders), body } satisfies Echo));
}

/** How often this request has come to any pod: a file that grows by a byte each time. */
function countOf(home: string, id: string): number {
  const file = join(home, `count-${id.replace(/\W/g, '')}`);
  appendFileSync(file, '.');
  return readFileSync(file).length;
}

function wishesOf(header: string, pod: string, count: number): ReadonlyMap<string, string> {
  const wishes = new Map(
    header.split(',').map((wish) => [wish.split('=')[0] ?? '', wish.replace(/^[^=]*=?/, '')]),
  );
  const meant = (wishes.get('only') ?? pod) === pod && count <= Number(wishes.get('times') ?? Infinity);
  return meant ? wishes : new Map();
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  return headers;
}

if (import.meta.main) await startEcho(process.env);
