import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { platformVariables } from '#platform/config.ts';
import { BOOKINFO_HEADERS } from '#platform/headers.ts';
import { getJson, headersToForward } from '#platform/json-call.ts';
import type { Service } from '#platform/service.ts';
import { telemetry } from '#platform/telemetry.ts';
import { startService } from '#platform/testing.ts';

const schema = z.object({ stars: z.number() });

/** A service whose answer is what came of its call to `listener`. */
async function caller(listener: RequestListener, timeoutMs = 5_000) {
  const received: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    received.push(req);
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: Service<z.output<typeof platformVariables>> = {
    name: 'caller',
    variables: platformVariables,
    createApp: ({ downstream, metrics, requestLog, tracing }) => {
      const names = new Set([...tracing.forwards, ...BOOKINFO_HEADERS]);
      return express()
        .use(telemetry({ requestLog, metrics: metrics.server, tracing }))
        .get('/', async (_req, res) => {
          const headers = headersToForward(res, names);
          const { ok, ...rest } = await getJson(downstream, {
            ...{ origin, path: '/ratings/0', headers, timeoutMs, schema, res },
          });
          res.json(rest);
        });
    },
  };
  return { ...(await startService(service, {})), received };
}

test("an answer is read by its schema, and has headers; the client's travel on", async () => {
  const { origin, received } = await caller((_req, res) => res.setHeader('x-a', 'b').end('{"stars":5}'));
  const query = request(origin).get('/').set({ jwt: 't', 'x-datadog-origin': 'o', sw8: 's', 'x-own': 'no' });
  expect((await query).body).toMatchObject({ value: { stars: 5 }, headers: { 'x-a': 'b' } });
  const headers = received[0]?.headers ?? {};
  expect(headers).toMatchObject({ jwt: 't', 'x-datadog-origin': 'o', sw8: 's', accept: 'application/json' });
  expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  expect(headers).not.toHaveProperty('x-own');
});

test.each([
  [
    'an error',
    (_req, res) => res.writeHead(503).end(),
    { status: 503, answered: true, reason: 'answered 503 Service Unavailable' },
  ],
  [
    'another shape',
    (_req, res) => res.end('{"stars":"5"}'),
    { status: 502, answered: false, reason: 'answered with something unexpected' },
  ],
  [
    'no JSON',
    (_req, res) => res.end('<p>'),
    { status: 502, answered: false, reason: 'answered with something unexpected' },
  ],
  [
    'JSON that is nested too deep',
    (_req, res) => res.end(`{"stars":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    { status: 502, answered: false, reason: 'answered with something unexpected' },
  ],
  ['silence', () => {}, { status: 504, answered: false, reason: 'no answer within 0.05s' }],
] satisfies [string, RequestListener, object][])('%s is a failure', async (what, listener, failure) => {
  const { origin } = await caller(listener, what === 'silence' ? 50 : 5_000);
  expect((await request(origin).get('/')).body).toEqual(failure);
});
