import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createMetricsServer } from '#mesh/metrics/metrics-server.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

it('asks every target and leaves out those that do not answer', async () => {
  const envoy = await listen(
    createServer((_, response) => response.end('envoy_istio_requests_total{a=""} 1\n')),
  );
  const program = await listen(createServer((_, response) => response.end('hits 2\n')));
  const broken = await listen(createServer((_, response) => response.writeHead(500).end('hits 3\n')));
  const port = await listen(
    createMetricsServer(() => [
      { port: envoy, path: '/stats', isEnvoy: true, labels: { pod: 'a' } },
      { port: program, path: '/metrics', isEnvoy: false, labels: { pod: 'b' } },
      { port: broken, path: '/metrics', isEnvoy: false, labels: { pod: 'c' } },
    ]),
  );
  const response = await fetch(`http://127.0.0.1:${port}/stats/prometheus`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await response.text()).toBe('istio_requests_total{a="unknown",pod="a"} 1\nhits{pod="b"} 2\n');
});

it('says where the metrics are', async () => {
  const port = await listen(createMetricsServer(() => []));
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('/stats/prometheus');
});
