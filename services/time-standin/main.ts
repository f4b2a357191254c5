/**
 * Plays time.jsontest.com where there is no internet: on a laptop as a process of the mesh, in a cluster as
 * k8s/time-standin.yaml. Every path and method is answered with the time, as the real host does, so it has no probes of
 * its own. HTTPS is served on TLS_PORT when TLS_CERTIFICATE and TLS_KEY name PEM files.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { localPort, parsePortMap } from '#platform/port-map.ts';
import { timeAnswer } from '#services/time-standin/answer.ts';

const { HOST, PORT = '3000', PORT_MAP, TLS_PORT = '3443', TLS_CERTIFICATE, TLS_KEY } = process.env;
const host = HOST ?? (PORT_MAP ? '127.0.0.1' : '0.0.0.0');
const portMap = parsePortMap(PORT_MAP ?? '');

/** Longer than Envoy keeps an idle connection: who closes first may lose a request that is on its way. */
const options = { keepAliveTimeout: 3_605_000 };

const answerTime: RequestListener = (_request, response) => {
  const body = timeAnswer(new Date());
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};

async function listen(server: Server, declared: string): Promise<Server> {
  server.listen(localPort(Number(declared), portMap), host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ level: 'info', msg: 'listening', host, port })}\n`);
  return server;
}

const servers = [await listen(createServer(options, answerTime), PORT)];
if (TLS_CERTIFICATE && TLS_KEY) {
  const tls = { cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) };
  servers.push(await listen(createTlsServer({ ...options, ...tls }, answerTime), TLS_PORT));
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    for (const server of servers) server.close();
  });
}
