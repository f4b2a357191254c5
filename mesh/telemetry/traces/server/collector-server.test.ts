import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Span } from '#mesh/telemetry/traces/span.ts';
import { retriedTrace, type StartedCollector, startCollector } from '#mesh/telemetry/traces/testing/spans.ts';

let collector: StartedCollector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => {
  await collector.close();
  expect(collector.bugs).toEqual([]);
});

interface Post {
  readonly path?: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly encoding?: string;
}

async function post({ path = '/api/v2/spans', type = 'application/json', body = '[]', encoding }: Post) {
  const response = await fetch(`${collector.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) },
    body,
  });
  return { status: response.status, text: await response.text() };
}

async function get(path: string) {
  const response = await fetch(`${collector.origin}${path}`);
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) };
}

describe('spans that arrive', () => {
  it('are kept, packed or not', async () => {
    const trace = (id: string) => JSON.stringify(retriedTrace(id));
    const [plain, packed] = ['1111111111111111', '2222222222222222'];
    expect(await post({ body: trace(plain) })).toEqual({ status: 202, text: '' });
    expect(await post({ body: gzipSync(trace(packed)), encoding: 'gzip' })).toMatchObject({ status: 202 });
    for (const id of [plain, packed]) {
      expect((await get(`/api/v2/trace/${id}`)).json()).toEqual(retriedTrace(id));
    }
  });

  it.each<[string, Post, number, string]>([
    ['no JSON', { body: '[{' }, 400, 'the body is not JSON'],
    ['no span', { body: '[{}]' }, 400, '[0].traceId: '],
    ['no gzip', { body: '[]', encoding: 'gzip' }, 400, 'the body is not gzip'],
    [
      'no protobuf',
      { path: '/v1/traces', type: 'application/x-protobuf', body: 'x' },
      400,
      'no protobuf of an Export',
    ],
    ['nested too deep', { path: '/v1/traces', body: deepOtlp(20_000) }, 400, 'nested too deep'],
    ['another packing', { encoding: 'br' }, 415, 'br is not understood'],
    ['another type', { type: 'text/plain' }, 415, '/api/v2/spans takes application/json, not text/plain'],
    ...['constructor', 'toString', '__proto__', 'hasOwnProperty'].map(
      (type): [string, Post, number, string] => [
        `called ${type}`,
        { type },
        415,
        `not ${type.toLowerCase()}`,
      ],
    ),
    ['of no path', { path: '/constructor' }, 404, 'nothing is at /constructor'],
    ['another place', { path: '/api/v1/spans' }, 404, 'POST /api/v2/spans (Zipkin) or /v1/traces (OTLP)'],
    ['too much', { body: Buffer.alloc(17 * 1024 * 1024) }, 413, 'larger than 16 MB'],
    [
      'a bomb',
      { body: gzipSync(Buffer.alloc(64 * 1024 * 1024)), encoding: 'gzip' },
      413,
      'larger than 16 MB',
    ],
  ])('are refused with the reason when they are %s', async (_what, sent, status, reason) => {
    const answer = await post(sent);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(reason);
  });
});

describe("OpenTelemetry's exporters", () => {
  it.each<[string, (origin: string) => SpanExporter]>([
    ['Zipkin', (origin) => new ZipkinExporter({ url: `${origin}/api/v2/spans` })],
    ['OTLP in JSON', (origin) => new JsonExporter({ url: `${origin}/v1/traces` })],
    ['OTLP in protobuf', (origin) => new ProtobufExporter({ url: `${origin}/v1/traces` })],
  ])('%s: a failed call arrives as it was', async (_name, exporterFor) => {
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'Chain' }),
      spanProcessors: [new SimpleSpanProcessor(exporterFor(collector.origin))],
    });
    const span = provider
      .getTracer('test')
      .startSpan('GET', { kind: SpanKind.CLIENT, attributes: { n: 27 } });
    span.addEvent('sent').setStatus({ code: SpanStatusCode.ERROR, message: 'no answer' }).end();
    await provider.shutdown();
    const { traceId, spanId } = span.spanContext();
    const [read] = (await get(`/api/v2/trace/${traceId}`)).json() as Span[];
    expect(read).toMatchObject({
      ...{ traceId, id: spanId, kind: 'CLIENT', name: 'GET', localEndpoint: { serviceName: 'chain' } },
      tags: { n: '27', error: 'no answer', 'otel.status_code': 'ERROR' },
      annotations: [{ value: 'sent' }],
    });
    expect(Math.abs(Date.now() * 1000 - (read?.timestamp ?? 0))).toBeLessThan(60_000_000);
    await provider.shutdown();
  });
});

describe('the query API', () => {
  it('lists services, operations and traces', async () => {
    await post({ body: JSON.stringify(retriedTrace('3333333333333333')) });
    expect((await get('/api/v2/services')).json()).toContain('middleware');
    expect((await get('/api/v2/spans?serviceName=middleware')).json()).toEqual(['get /']);
    expect((await get('/api/v2/remoteServices?serviceName=middleware')).json()).toEqual([]);
    const found = (await get('/api/v2/traces?serviceName=middleware&annotationQuery=error&limit=1')).json();
    expect([found.length, found[0].length]).toEqual([1, 4]);
    expect((await get('/api/v2/trace/00000000000000003333333333333333')).json()).toHaveLength(4);
    expect((await get('/health')).json()).toMatchObject({ status: 'UP' });
  });

  it('says what is wrong', async () => {
    expect(await get('/api/v2/traces?limit=x')).toMatchObject({
      status: 400,
      text: expect.stringContaining('limit: '),
    });
    expect(await get('/api/v2/trace/xyz')).toMatchObject({ status: 400 });
    expect(await get('/api/v2/trace/99')).toMatchObject({ status: 404, text: '99 not found\n' });
  });

  it("answers to this machine only, and to no other site's page", async () => {
    const status = async (path: string, options: RequestOptions) => {
      const asked = request(`${collector.origin}${path}`, options);
      const [response] = await once(asked.end(options.method === 'POST' ? '[]' : undefined), 'response');
      response.resume();
      return response.statusCode;
    };
    expect(await status('/api/v2/traces', { headers: { host: 'evil.example:16686' } })).toBe(421);
    const headers = { host: 'zipkin:9411', 'content-type': 'application/json' };
    expect(await status('/api/v2/spans', { method: 'POST', headers })).toBe(202);
    const page = { ...headers, origin: 'http://evil.example' };
    expect(await status('/api/v2/spans', { method: 'POST', headers: page })).toBe(403);
    expect(await status('/', { path: '//' })).toBe(404);
  });
});

function deepOtlp(levels: number): string {
  const value = `${'{"arrayValue":{"values":['.repeat(levels)}${']}}'.repeat(levels)}`;
  return `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${value}}]}}]}`;
}
