import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startProcess } from '#platform/testing-process.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const NEVER = { OTEL_BSP_SCHEDULE_DELAY: '3600000' };

interface ZipkinSpan {
  readonly id: string;
  readonly parentId?: string;
  readonly traceId: string;
  readonly name: string;
  readonly kind?: string;
  readonly tags: Record<string, string>;
  readonly annotations?: readonly { readonly value: string }[];
}

async function collector(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Zipkin server that keeps what it gets. */
async function zipkin() {
  const spans: ZipkinSpan[] = [];
  const url = await collector(async (req, res) => {
    spans.push(...((await json(req)) as ZipkinSpan[]));
    res.writeHead(202).end();
  });
  return { url, spans };
}

test('full: SIGTERM sends what is queued: child, grandchild, attributes, events, errors', async () => {
  const { url: ZIPKIN_URL, spans } = await zipkin();
  const env = { TRACING: 'full', ZIPKIN_URL, WAIT_MAX: '3ms', HTTP_PROXY: 'http://127.0.0.1:1', ...NEVER };
  const backend = await startProcess(MAIN, { SERVICE_NAME: 'backend', ...env });
  await fetch(backend.url, { headers: { 'x-request-id': 'fine' } });
  await fetch(backend.url, { headers: { fail: '1', 'x-request-id': 'broken' } });
  expect(spans).toEqual([]);
  expect(await backend.stop()).toBe(0);

  const named = (name: string) => spans.filter((span) => span.name === name);
  const [fine, broken] = ['fine', 'broken'].map((id) => spans.find(({ tags }) => tags['request.id'] === id));
  const [[child], [grandchild]] = [named('fibonacci'), named('wait')];
  expect(spans).toHaveLength(4);
  expect(fine).toMatchObject({ name: 'GET /', kind: 'SERVER', tags: { 'service.name': 'backend' } });
  expect(child).toMatchObject({ parentId: fine?.id, traceId: fine?.traceId });
  expect(Number(child?.tags['fibonacci.n'])).toBeLessThanOrEqual(20);
  expect(child?.annotations?.map(({ value }) => value)).toEqual(['computed']);
  expect(grandchild).toMatchObject({ parentId: child?.id, traceId: fine?.traceId });
  expect(broken).toMatchObject({
    tags: { 'otel.status_code': 'ERROR', error: 'failed on purpose (fail: 1)' },
    annotations: [{ value: 'exception' }],
  });
});

test('a collector that never answers costs no request, one warning, and the shutdown at most its deadline', async () => {
  const ZIPKIN_URL = await collector(() => {});
  const limits = { OTEL_BSP_MAX_QUEUE_SIZE: '8', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4' };
  const env = { OTEL_BSP_SCHEDULE_DELAY: '1', OTEL_BSP_EXPORT_TIMEOUT: '20', SHUTDOWN_TIMEOUT: '500ms' };
  const service = await startProcess(MAIN, { TRACING: 'simple', ZIPKIN_URL, ...limits, ...env });
  const ask = () => fetch(service.url).then(({ status }) => status);
  const statuses = new Set(await Promise.all(Array.from({ length: 100 }, ask)));
  expect([...statuses]).toEqual([200]);
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${service.url}metrics`)).text();
    const lost = [...metrics.matchAll(/^otel_spans_dropped_total\{exporter="zipkin".*\} (\d+)$/gm)];
    expect(lost.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(100);
  }, 20_000);
  expect(await service.stop()).toBe(0);
  expect(service.log.filter(({ level }) => level === 'warn')).toEqual([
    expect.objectContaining({ exporter: 'zipkin', reason: 'no answer within 20 ms' }),
  ]);
});

test('JAEGER_HOST: Thrift by UDP', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const env = { TRACING: 'full', JAEGER_HOST: '127.0.0.1', JAEGER_PORT: String(socket.address().port) };
  const service = await startProcess(MAIN, { SERVICE_NAME: 'backend', ...env, ...NEVER });
  await fetch(service.url);
  const packet = once(socket, 'message');
  expect(await service.stop()).toBe(0);
  const text = String((await packet)[0]);
  for (const part of ['emitBatch', 'backend', 'GET /', 'fibonacci', 'wait']) expect(text).toContain(part);
});

test.each([
  ['http/json', 'application/json'],
  ['http/protobuf', 'application/x-protobuf'],
])('OTLP by %s', async (OTEL_EXPORTER_OTLP_PROTOCOL, type) => {
  const requests: string[] = [];
  const url = await collector((req, res) => {
    requests.push(`${req.url} ${req.headers['content-type']}`);
    req.resume().on('end', () => res.end());
  });
  const env = { TRACING: 'simple', OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL };
  const service = await startProcess(MAIN, { ...env, ...NEVER });
  await fetch(service.url);
  expect(await service.stop()).toBe(0);
  expect(requests).toEqual([`/v1/traces ${type}`]);
});
