import { once } from 'node:events';
import { Agent, get, type RequestListener, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { Readiness } from '#platform/probes.ts';
import { serve } from '#platform/serving.ts';

async function serving(handler: RequestListener, options: { headersTimeout?: number } = {}) {
  const readiness = new Readiness();
  const server = await serve({ handler, host: '127.0.0.1', port: 0, readiness, ...options });
  onTestFinished(async () => {
    await server.drain({ delayMs: 0, timeoutMs: 0 });
  });
  return { readiness, server };
}

test('draining: not ready at once, what is under way and what comes in the pause is answered, then nothing', async () => {
  const held = Promise.withResolvers<ServerResponse>();
  const { readiness, server } = await serving((req, res) =>
    req.url === '/slow' ? held.resolve(res) : res.end('quick'),
  );
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) =>
    once(get({ port: server.port, path, agent }), 'response').then(([response]) => response);

  const slow = ask('/slow');
  const slowResponse = await held.promise;
  expect((await ask('/')).headers.connection).toBe('keep-alive');
  const drained = server.drain({ delayMs: 300, timeoutMs: 5_000 });
  expect(readiness.ready).toBe(false);
  const late = await ask('/');
  expect(await text(late)).toBe('quick');
  expect(late.headers.connection).toBe('close');
  slowResponse.end('done');
  const answer = await slow;
  expect(answer.headers.connection).toBe('close');
  expect(await text(answer)).toBe('done');
  expect(await drained).toBe(true);
  await expect(ask('/')).rejects.toThrow('ECONNREFUSED');
});

test('a request that outlasts the drain is cut off, and said to be', async () => {
  const arrived = Promise.withResolvers<void>();
  const { server } = await serving(() => arrived.resolve());
  const lost = once(get({ port: server.port }), 'response').catch((error: Error) => error);
  await arrived.promise;
  expect(await server.drain({ delayMs: 0, timeoutMs: 30 })).toBe(false);
  expect(await lost).toMatchObject({ message: 'socket hang up' });
});

test('a service is not ready before its delay has passed', () => {
  let now = 0;
  const readiness = new Readiness({ delay: 100, now: () => now });
  expect(readiness.ready).toBe(false);
  now = 100;
  expect(readiness.ready).toBe(true);
});

test('a head that does not end is ended in time, and not when Node happens to look', {
  timeout: 15_000,
}, async () => {
  const { server } = await serving((_req, res) => res.end(), { headersTimeout: 200 });
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});
