import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startProcess } from '#platform/testing-process.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const OWN = { fail: '0', 'x-dev-user': 'super-secret', 'x-request-id': 'r1', 'x-ot-span-context': 'o1' };

/** The end of the chain: it keeps the raw headers of what reached it. */
async function outside() {
  const requests: string[][] = [];
  const server = createServer((req, res) => {
    requests.push(req.rawHeaders);
    res.end('the end');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** frontend → backend → outside, as processes. */
async function chainWith(env: Record<string, string>) {
  const { url, requests } = await outside();
  const more = { FIBONACCI_MAX: '1', WAIT_MAX: '0', ...env };
  const backend = await startProcess(MAIN, { SERVICE_NAME: 'backend', UPSTREAM_URI: url, ...more });
  const frontend = await startProcess(MAIN, { SERVICE_NAME: 'frontend', UPSTREAM_URI: backend.url, ...more });
  const ask = async (headers: Record<string, string>, init: RequestInit = {}) => {
    const response = await fetch(frontend.url, { headers, ...init });
    return { status: response.status, text: await response.text(), sent: requests.at(-1) ?? [] };
  };
  return { frontend, backend, ask };
}

/** All values of a header, in the order sent. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

const B3 = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-parentspanid': SPAN, 'x-b3-sampled': '0' };

test.each(['headers', 'simple', 'full'])('%s: what must reach every hop does, once', async (TRACING) => {
  const { frontend, backend, ask } = await chainWith({ TRACING, OTEL_TRACES_EXPORTER: 'none' });
  const { status, text, sent } = await ask({ ...OWN, ...B3 });
  expect(status).toBe(200);
  expect(text.includes('opentelemetry')).toBe(TRACING !== 'headers');
  if (TRACING !== 'headers') expect(text).toMatch(new RegExp(`^frontend \\(opentelemetry ${TRACING}\\) - `));
  for (const [name, value] of Object.entries(OWN))
    expect([name, valuesOf(sent, name)]).toEqual([name, [value]]);
  expect(valuesOf(sent, 'x-b3-traceid')).toEqual([TRACE]);
  expect(valuesOf(sent, 'x-b3-spanid')).toHaveLength(1);
  expect(valuesOf(sent, 'x-b3-sampled')).toEqual(['0']);
  const line = expect.objectContaining({ requestId: 'r1', traceId: TRACE });
  await vi.waitFor(() => {
    expect(frontend.log).toContainEqual(line);
    expect(backend.log).toContainEqual(line);
  }, 30_000);
});

test.each(['simple', 'full'])(
  '%s: reads b3 and traceparent, writes x-b3-* alone, also with a body',
  async (TRACING) => {
    const { ask } = await chainWith({ TRACING, ZIPKIN_URL: 'http://127.0.0.1:1' });
    const single = await ask({ b3: `${TRACE}-${SPAN}-0` });
    const w3c = await ask({ traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'a=1' });
    const posted = await ask(B3, { method: 'POST', body: 'x'.repeat(2000) });
    for (const { sent } of [single, w3c, posted]) {
      expect(valuesOf(sent, 'x-b3-traceid')).toEqual([TRACE]);
      expect(valuesOf(sent, 'x-b3-sampled')).toEqual(['0']);
      for (const name of ['b3', 'traceparent', 'tracestate'])
        expect([name, valuesOf(sent, name)]).toEqual([name, []]);
    }
    // Without a trace the SDK begins one, where it has somewhere to send it.
    expect(valuesOf((await ask({})).sent, 'x-b3-traceid')).toEqual([expect.stringMatching(/^[\da-f]{32}$/)]);
  },
);

test('OTEL_PROPAGATORS decides what is written; OTEL_SDK_DISABLED forwards by hand', async () => {
  const w3c = await chainWith({
    ...{ TRACING: 'simple', OTEL_PROPAGATORS: 'tracecontext', OTEL_TRACES_EXPORTER: 'none' },
  });
  const { sent } = await w3c.ask({ traceparent: `00-${TRACE}-${SPAN}-01` });
  expect(valuesOf(sent, 'traceparent')).toEqual([expect.stringContaining(TRACE)]);
  expect(valuesOf(sent, 'x-b3-traceid')).toEqual([]);
  const disabled = await chainWith({ TRACING: 'simple', OTEL_SDK_DISABLED: 'true' });
  expect(valuesOf((await disabled.ask(B3)).sent, 'x-b3-spanid')).toEqual([SPAN]);
});

test('through a proxy, as on the laptop: the same headers, the request in absolute form', async () => {
  const proxy = await outside();
  const env = { TRACING: 'simple', UPSTREAM_URI: 'http://backend/', http_proxy: proxy.url };
  const { url } = await startProcess(MAIN, { ...env, ZIPKIN_URL: 'http://127.0.0.1:1' });
  expect((await fetch(url, { headers: { ...OWN, ...B3 } })).status).toBe(200);
  const [sent = []] = proxy.requests;
  expect(valuesOf(sent, 'host')).toEqual(['backend']);
  expect(valuesOf(sent, 'x-b3-traceid')).toEqual([TRACE]);
  expect(valuesOf(sent, 'x-dev-user')).toEqual(['super-secret']);
});
