import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startService } from '#platform/testing.ts';
import { chain } from '#services/chain/service.ts';

test('a client that leaves: its call is cancelled, and it is logged and counted as 499', async () => {
  const called = Promise.withResolvers<IncomingMessage>();
  const upstream = createServer((req) => called.resolve(req)).listen(0, '127.0.0.1');
  onTestFinished(() => void upstream.close());
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const service = await startService(chain, { UPSTREAM_URI: `http://127.0.0.1:${port}/` });
  const request = get(`${service.url}?a=1`).on('error', () => {});
  const cancelled = once((await called.promise).socket, 'close');
  request.destroy();
  await cancelled;
  const line = { url: '/?a=1', status: 499, level: 'info', service: 'chain' };
  await vi.waitFor(() => expect(service.log()).toContainEqual(expect.objectContaining(line)), 30_000);
  const metrics = await (await fetch(`${service.origin}/metrics`)).text();
  expect(metrics).toContain('http_requests_total{method="GET",route="/",code="499"} 1');
});
