import { createServer as createH2c } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { framed } from '#platform/grpc/messages.ts';
import { createServer as createHttp } from '#platform/node-http.ts';
import { localPort, type PortMap } from '#platform/port-map.ts';
import { encodeText, METHOD } from '#services/echo-advanced/echo-message.ts';

export interface EchoAdvancedOptions {
  /** The image's own: `--port=8080 --grpc=7070 --tcp=9090 --tls=8443`, each as often as wanted. */
  readonly args: readonly string[];
  /** The pod's name. */
  readonly hostname: string;
  readonly ports: PortMap | undefined;
  readonly log: (text: string) => void;
}

export interface EchoAdvanced {
  /** From a declared port to the one that is listened on. */
  readonly ports: ReadonlyMap<number, number>;
  close(): void;
}

/**
 * Plays Istio's test server `app`, which Gateway API's conformance suite calls echo-advanced: answers in lines of `Name=value` what
 * arrived, over HTTP, gRPC and TCP. It leaves out ports for TLS, since the image brings no certificate here.
 */
export async function startEchoAdvanced(options: EchoAdvancedOptions): Promise<EchoAdvanced> {
  const servers = serversOf(options);
  const ports = new Map<number, number>();
  for (const [declared, server] of servers) {
    await listen(server, localPort(declared, options.ports), options.ports ? '127.0.0.1' : '0.0.0.0');
    ports.set(declared, (server.address() as AddressInfo).port);
    options.log(`Listening on ${declared}`);
  }
  return {
    ports,
    close() {
      for (const server of servers.values()) server.close();
    },
  };
}

function serversOf({ args, hostname }: EchoAdvancedOptions): ReadonlyMap<number, Server> {
  const many = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { port: many, grpc: many, tcp: many, tls: many },
  });
  const numbers = (name: string) => ([values[name] ?? []].flat() as string[]).map(Number);
  const secure = new Set(numbers('tls'));
  const plain = numbers('port').filter((port) => !secure.has(port));
  return new Map<number, Server>([
    ...plain.map((port) => [port, httpEcho(port, hostname)] as const),
    ...numbers('grpc').map((port) => [port, grpcEcho(port, hostname)] as const),
    ...numbers('tcp').map((port) => [port, tcpEcho(port, hostname)] as const),
  ]);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

interface Arrived {
  readonly port: number;
  readonly hostname: string;
  readonly facts: readonly string[];
  /** Names and values by turns, a name as often as it came. */
  readonly rawHeaders?: readonly string[];
}

function lines({ port, hostname, facts, rawHeaders = [] }: Arrived): string {
  const shown = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !name.startsWith(':') ? [`RequestHeader=${name}:${rawHeaders[index + 1]}`] : [],
  );
  return [`ServicePort=${port}`, ...facts, ...shown, `Hostname=${hostname}`, ''].join('\n');
}

function httpEcho(port: number, hostname: string): Server {
  return createHttp(({ url, method, httpVersion, headers, rawHeaders }, response) => {
    const facts = [`Host=${headers.host}`, `URL=${url}`, `Method=${method}`, `Proto=HTTP/${httpVersion}`];
    response.end(lines({ port, hostname, facts, rawHeaders }));
  });
}

function grpcEcho(port: number, hostname: string): Server {
  return createH2c(async (request, response) => {
    await buffer(request).catch(() => undefined);
    response.setHeader('content-type', 'application/grpc');
    if (request.url !== METHOD) {
      response.setHeader('grpc-status', '12');
      response.end();
      return;
    }
    const { headers, rawHeaders } = request;
    const facts = [`Host=${headers[':authority']}`, 'Proto=GRPC'];
    response.addTrailers({ 'grpc-status': '0' });
    response.end(framed(encodeText(lines({ port, hostname, facts, rawHeaders }))));
  });
}

function tcpEcho(port: number, hostname: string): Server {
  return createTcp((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      socket.write(lines({ port, hostname, facts: ['Proto=TCP', `Echo=${bytes.toString('utf8').trim()}`] }));
    });
  });
}
