import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { senders } from '#mesh/console/requests/entrances.ts';
import { type Sent, sendAll, sendShape, type Wish } from '#mesh/console/requests/send.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';

const seen: IncomingMessage[] = [];
const target = createServer((request, response) => {
  seen.push(request);
  response.writeHead(seen.length % 2 === 0 ? 503 : 200, { 'x-answer': 'yes' }).end(`answer ${seen.length}`);
});
let wish: Wish;
let onSent: (response: ServerResponse) => Promise<void>;
/** Plays the console: what it is asked for, it sends. */
const front = createServer((_request, response) => void onSent(response));

const portOf = (server: ReturnType<typeof createServer>) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  for (const server of [target, front]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  wish = {
    ...{ from: 'outside:80', method: 'GET', url: 'http://shop.example/path?a=1', rate: 500 },
    headers: [['x-user', 'me']],
  };
});
afterAll(() => {
  for (const server of [target, front]) {
    server.close();
    server.closeAllConnections();
  }
});

it.each([
  ['through a gateway', false, '/path?a=1'],
  ['through the proxy of a pod', true, 'http://shop.example/path?a=1'],
])('sends %s, and tells how each request ended', async (_, isProxy, path) => {
  seen.length = 0;
  onSent = (response) => sendAll({ ...wish, count: 10 }, { port: portOf(target), isProxy }, response);
  const text = await (await fetch(`http://127.0.0.1:${portOf(front)}`)).text();
  const results = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sent);
  expect(results.map(({ status }) => status).sort()).toEqual([
    200, 200, 200, 200, 200, 503, 503, 503, 503, 503,
  ]);
  const [first] = seen;
  expect(first?.url).toBe(path);
  expect(first?.headers).toMatchObject({ host: 'shop.example', 'x-user': 'me', 'x-b3-sampled': '1' });
  expect(new Set(results.map(({ trace }) => trace)).size).toBe(10);
  expect(seen.map(({ headers }) => headers['x-b3-traceid'])).toContain(results[0]?.trace);
});

it('goes on until the page has gone', async () => {
  seen.length = 0;
  const ended = Promise.withResolvers<void>();
  onSent = (response) =>
    sendAll(wish, { port: portOf(target), isProxy: false }, response).then(ended.resolve);
  const leave = new AbortController();
  const { body } = await fetch(`http://127.0.0.1:${portOf(front)}`, { signal: leave.signal });
  await body?.getReader().read();
  leave.abort();
  await ended.promise;
  expect(seen.length).toBeGreaterThan(0);
});

it('tells of a door behind which nobody is', async () => {
  onSent = (response) => sendAll({ ...wish, count: 1 }, { port: 1, isProxy: false }, response);
  const result = JSON.parse(await (await fetch(`http://127.0.0.1:${portOf(front)}`)).text());
  expect(result).toMatchObject({ status: 0, error: expect.stringContaining('ECONNREFUSED') });
});

it.each([
  [{ url: 'shop' }, 'must be a URL'],
  [{ method: 'get' }, 'capital letters'],
  [{ headers: [['a b', 'x']] }, 'no name of a header'],
  [{ headers: [['a', 'x\r\ny: z']] }, 'one line'],
  [{ rate: 100_000 }, '<=500'],
])('refuses %j', (change, message) => {
  const { error } = sendShape.safeParse({ ...wish, ...change });
  expect(error?.issues[0]?.message).toContain(message);
});

it.each([
  ['bookinfo', 'k8s/bookinfo.yaml', 'istio/bookinfo/bookinfo-gateway.yaml', '/productpage'],
  ['the chain', 'k8s/chain.yaml', 'istio/chain/ingress.yaml', '/'],
])('offers a path of %s that the gateway leads somewhere', (_, workloads, gateway, path) => {
  const files = [workloads, gateway].map((file) => ({
    file,
    text: readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'),
  }));
  const { mesh } = imaginaryMesh(files, { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' });
  expect(senders(mesh, new Map([[80, 8080]]))[0]).toMatchObject({
    id: 'outside:80',
    url: `http://localhost:8080${path}`,
  });
});
