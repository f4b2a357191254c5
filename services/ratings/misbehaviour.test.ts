import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Flaws } from '#services/ratings/flaws.ts';
import { illHealth, misbehaviour } from '#services/ratings/misbehaviour.ts';

const WELL: Flaws = { fails: () => false, delay: () => 0, healthy: () => true };

/** A server that answers to what its flaws let pass how many that were. */
async function start(flaws: Partial<Flaws>): Promise<string> {
  let passed = 0;
  const app = express();
  app.use((_req, res, next) => {
    res.locals['exchange'] = {};
    next();
  });
  app.use('/health', illHealth({ ...WELL, ...flaws }));
  app.use('/ratings', misbehaviour({ ...WELL, ...flaws }, 'v-test'));
  app.use((_req, res) => void res.json({ passed: ++passed }));
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a request is delayed by what is drawn, then it passes', async () => {
  const url = await start({ delay: () => 120 });
  const startedAt = performance.now();
  expect(await (await fetch(`${url}/ratings/0`)).json()).toEqual({ passed: 1 });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(119);
});

test.each([
  ['has left', true, 0],
  ['still waits', false, 1],
])('a client that %s when its delay is over', async (_what, closed, passed) => {
  const next = vi.fn();
  const delay = () => 1;
  await misbehaviour({ ...WELL, delay }, 'v-test')({} as Request, { closed } as Response, next);
  expect(next).toHaveBeenCalledTimes(passed);
});

test('an ill service says so in its health check, a well one leaves the answer to the next', async () => {
  const ill = await fetch(`${await start({ healthy: () => false })}/health`);
  expect([ill.status, await ill.json()]).toEqual([503, { status: 'Ratings is not healthy' }]);
  expect(await (await fetch(`${await start({})}/health`)).json()).toEqual({ passed: 1 });
});
