import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tracingVariables } from '#platform/tracing/config.ts';
import { exportSpans } from '#platform/tracing/export-spans.ts';

async function collector(listener: RequestListener, port = 0) {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, close };
}

/** Spans are made by `end(n)`, and sent as the environment says. */
async function tracing(env: Record<string, string>) {
  const config = tracingVariables.parse({ OTEL_BSP_SCHEDULE_DELAY: '5', ...env });
  const { spanProcessors, exports } = await exportSpans(config);
  const tracer = new TracerProvider({ spanProcessors }).getTracer('test');
  const end = (spans: number) => {
    for (let i = 0; i < spans; i++) tracer.startSpan('s').end();
  };
  const [state] = exports;
  if (!state) throw new Error('no exporter');
  return { end, exports, state };
}

test('nothing is exported without a collector, and to each that is named', async () => {
  const names = async (env: Record<string, string>) =>
    (await exportSpans(tracingVariables.parse(env))).exports.map(({ exporter }) => exporter).sort();
  expect(await names({})).toEqual([]);
  expect(await names({ JAEGER_HOST: 'j', ZIPKIN_URL: 'http://z' })).toEqual(['jaeger', 'zipkin']);
  expect(await names({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o', OTEL_TRACES_EXPORTER: 'console' })).toEqual([
    'console',
  ]);
  expect(await names({ JAEGER_HOST: 'j', OTEL_TRACES_EXPORTER: 'none' })).toEqual([]);
});

test('a collector that never answers: the queue stays bounded and every span is accounted for', async () => {
  const { port } = await collector(() => {});
  const { end, state } = await tracing({
    ZIPKIN_URL: `http://127.0.0.1:${port}`,
    OTEL_BSP_MAX_QUEUE_SIZE: '4',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
    OTEL_BSP_EXPORT_TIMEOUT: '30',
  });
  const startedAt = performance.now();
  end(1000);
  // Without a word of waiting: 1,000 spans take some milliseconds.
  expect(performance.now() - startedAt).toBeLessThan(1000);
  // Two are on their way, four wait.
  expect(state.dropped.queue_full).toBe(994);
  await vi.waitFor(() => expect(state.dropped.timeout).toBe(6), 30_000);
  expect(state.exported).toBe(0);
});

test('a collector that goes away and comes back', async () => {
  const take: RequestListener = (req, res) => req.resume().on('end', () => res.writeHead(202).end());
  const first = await collector(take);
  const { end, state } = await tracing({ ZIPKIN_URL: `http://127.0.0.1:${first.port}` });
  const changes: boolean[] = [];
  state.onChange = ({ down }) => changes.push(down);
  end(3);
  await vi.waitFor(() => expect(state.exported).toBe(3), 30_000);
  first.close();
  await turn();
  for (let lost = 1; lost <= 3; lost++) {
    end(1);
    await vi.waitFor(() => expect(state.dropped.failed).toBe(lost), 30_000);
  }
  await collector(take, first.port);
  end(2);
  await vi.waitFor(() => expect(state.exported).toBe(5), 30_000);
  expect(changes).toEqual([true, false]);
});
