import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '#platform/testing-process.ts';
import { startStubBackends } from '#services/productpage/testing/stub-backends.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const SENT = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' };
const OWN = { 'x-request-id': 'r1', 'x-dev-user': 'u1', 'x-cloud-trace-context': 'c1', jwt: 't1' };

test.each(['headers', 'simple', 'full'])('TRACING=%s: one trace, and all other headers', async (TRACING) => {
  const stubs = await startStubBackends();
  onTestFinished(() => stubs.close());
  const env = { TRACING, SESSION_SECRET: 'for tests', ZIPKIN_URL: 'http://127.0.0.1:1', ...stubs.env };
  const { url, log, stop } = await startProcess(MAIN, env);
  const login = await fetch(`${url}login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'jason' }),
    redirect: 'manual',
  });
  const cookie = login.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');
  const page = await fetch(`${url}productpage`, { headers: { ...SENT, ...OWN, cookie } });
  expect([page.status, await page.text()]).toMatchObject([200, expect.stringContaining('★★★★★')]);
  expect(stubs.requests).toHaveLength(2);
  const spans = stubs.requests.map(({ headers }) => {
    expect(headers).toMatchObject({
      ...OWN,
      'x-b3-traceid': TRACE,
      'x-b3-sampled': '1',
      'end-user': 'jason',
    });
    return headers['x-b3-spanid'];
  });
  // Without the SDK it is the sidecar that gives each request a span of its own.
  if (TRACING === 'headers') expect(spans).toEqual([SPAN, SPAN]);
  else expect(new Set([...spans, SPAN]).size).toBe(3);
  expect(await stop()).toBe(0);
  expect(log).toContainEqual(expect.objectContaining({ url: '/productpage', traceId: TRACE, status: 200 }));
});
