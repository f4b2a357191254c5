import { once } from 'node:events';
import { createServer, get, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createMetricsServer } from '#mesh/telemetry/metrics/metrics-server.ts';

const servers: Server[] = [];
const onBug = vi.fn();
afterEach(() => {
  expect(onBug.mock.calls).toEqual([]);
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
    createMetricsServer({
      onBug,
      targets: () => [
        { port: envoy, path: '/stats', isEnvoy: true, labels: { pod: 'a' } },
        { port: program, path: '/metrics', isEnvoy: false, labels: { pod: 'b' } },
        { port: broken, path: '/metrics', isEnvoy: false, labels: { pod: 'c' } },
      ],
    }),
  );
  const response = await fetch(`http://127.0.0.1:${port}/stats/prometheus`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await response.text()).toBe('istio_requests_total{a="unknown",pod="a"} 1\nhits{pod="b"} 2\n');
});

it('says where the metrics are', async () => {
  const port = await listen(createMetricsServer({ onBug, targets: () => [] }));
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('/stats/prometheus');
});

it('answers what is no address, and goes on', async () => {
  const port = await listen(createMetricsServer({ onBug, targets: () => [] }));
  expect(await statusOf(port, { path: '//' })).toBe(404);
  expect(await statusOf(port, { path: 'http://[' })).toBe(400);
  expect(await statusOf(port, { path: '/metrics' })).toBe(200);
});

it("answers to this machine only, and to no other site's page", async () => {
  const port = await listen(createMetricsServer({ onBug, targets: () => [] }));
  const status = (headers: OutgoingHttpHeaders) => statusOf(port, { path: '/metrics', headers });
  expect(await status({ host: `evil.example:${port}` })).toBe(421);
  expect(await status({ origin: 'http://evil.example' })).toBe(403);
  expect(await status({ origin: 'null' })).toBe(403);
  expect(await status({ host: `LOCALHOST:${port}`, origin: 'http://localhost:1234' })).toBe(200);
});

async function statusOf(port: number, options: { path: string; headers?: OutgoingHttpHeaders }) {
  const [response] = await once(get({ port, ...options }), 'response');
  response.resume();
  return response.statusCode;
}
