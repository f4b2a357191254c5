import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';
import { createServer } from '#platform/node-http.ts';
import { localPort, parsePortMap } from '#platform/port-map.ts';

/** Longer than Envoy keeps an idle connection: the side that closes first may lose a request that is on its way. */
const options = { keepAliveTimeout: 3_605_000 };

/**
 * Runs this process as an outside host that a demo calls, where there is no internet: on a laptop as a process of the
 * mesh, in a cluster as a pod. Every request is the host's, so there are no probes. It listens on PORT (3000), and by
 * HTTPS on TLS_PORT (3443) when TLS_CERTIFICATE and TLS_KEY name PEM files; SIGTERM and Ctrl-C end it.
 */
export async function runStandIn(answer: RequestListener): Promise<void> {
  // Without a listener, a full disk would end the process when it logs its one line.
  process.stdout.on('error', () => {});
  giveBackMemory();
  const { PORT = '3000', TLS_PORT = '3443', TLS_CERTIFICATE, TLS_KEY } = process.env;
  const servers = [await listen(createServer(options, answer), PORT)];
  if (TLS_CERTIFICATE && TLS_KEY) {
    const tls = { cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) };
    servers.push(await listen(createTlsServer({ ...options, ...tls }, answer), TLS_PORT));
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      for (const server of servers) server.close();
    });
  }
}

async function listen(server: Server, declared: string): Promise<Server> {
  const { HOST, PORT_MAP } = process.env;
  const host = HOST ?? (PORT_MAP ? '127.0.0.1' : '0.0.0.0');
  server.listen(localPort(Number(declared), parsePortMap(PORT_MAP ?? '')), host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ level: 'info', msg: 'listening', host, port })}\n`);
  return server;
}
