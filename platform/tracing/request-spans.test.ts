import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import express from 'express';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Downstream } from '#platform/downstream.ts';
import type { DownstreamResult } from '#platform/downstream-call.ts';
import type { OutgoingHeaders } from '#platform/headers.ts';
import { withCallSpans, withinRequestSpan } from '#platform/tracing/full.ts';
import { b3Propagation } from '#platform/tracing/sdk-options.ts';

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const B3 = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' };

const exporter = new InMemorySpanExporter();
const { textMapPropagator } = b3Propagation({ OTEL_PROPAGATORS: undefined });
if (!textMapPropagator) throw new Error('no propagator');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(textMapPropagator);
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);

beforeEach(() => exporter.reset());

/** A service of one call, whose downstream answers `result`. */
async function serviceWith(result: DownstreamResult) {
  const sent: OutgoingHeaders[] = [];
  const downstream: Downstream = {
    get({ headers }) {
      sent.push(headers);
      return { result: Promise.resolve(result), cancel: () => {} };
    },
    close: async () => {},
  };
  const traced = withCallSpans(downstream);
  const app = express().use((req, res) =>
    withinRequestSpan(req, res, async () => {
      const call = traced.get({
        origin: 'http://middleware',
        path: '/?a=1',
        headers: { accept: 'text/plain' },
      });
      res.sendStatus((await call.result).status);
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

/** The finished spans of the request and of its call. */
async function spansOfOne() {
  await vi.waitFor(() => expect(exporter.getFinishedSpans()).toHaveLength(2), 30_000);
  const spans = exporter.getFinishedSpans();
  return [SpanKind.SERVER, SpanKind.CLIENT].map((kind) => spans.find((span) => span.kind === kind));
}

test('the request is a child of its headers, its call a child of it, named by the headers sent', async () => {
  const { url, sent } = await serviceWith({ kind: 'answer', status: 200, headers: {}, body: '' });
  await fetch(`${url}/a?b=c`, { headers: B3 });
  const [request, call] = await spansOfOne();
  expect(request?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
  expect(request?.attributes).toMatchObject({
    'http.request.method': 'GET',
    'url.path': '/a',
    'http.response.status_code': 200,
  });
  expect(call?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(call?.attributes).toEqual({
    'http.request.method': 'GET',
    'url.full': 'http://middleware/?a=1',
    'http.response.status_code': 200,
  });
  expect(sent).toEqual([{ accept: 'text/plain', ...B3, 'x-b3-spanid': call?.spanContext().spanId }]);
});

test('a call that fails says why', async () => {
  const { url } = await serviceWith({ kind: 'failure', status: 504, reason: 'no answer within 3s' });
  await fetch(url, { headers: B3 });
  const [, call] = await spansOfOne();
  expect(call?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no answer within 3s' });
  expect(call?.events.map(({ name }) => name)).toEqual(['exception']);
});

test('what is not sampled passes its trace on and records nothing', async () => {
  const { url, sent } = await serviceWith({ kind: 'answer', status: 503, headers: {}, body: '' });
  await fetch(url, { headers: { ...B3, 'x-b3-sampled': '0' } });
  expect(sent).toEqual([expect.objectContaining({ 'x-b3-traceid': TRACE, 'x-b3-sampled': '0' })]);
  expect((await fetch(url, { headers: B3 })).status).toBe(503);
  const [, call] = await spansOfOne();
  expect(call?.status).toEqual({ code: SpanStatusCode.ERROR });
});

test('a probe has no span of its own', async () => {
  const { url } = await serviceWith({ kind: 'answer', status: 200, headers: {}, body: '' });
  await fetch(`${url}/readyz`, { headers: B3 });
  await fetch(url, { headers: B3 });
  await vi.waitFor(() => {
    const requests = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER);
    expect(requests.map(({ attributes }) => attributes['url.path'])).toEqual(['/']);
  }, 30_000);
});
