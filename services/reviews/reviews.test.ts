import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { ratings } from '#services/ratings/service.ts';
import { reviews } from '#services/reviews/service.ts';

const BLACK = { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' };
const RED = { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' };
const UNAVAILABLE = { error: 'Ratings service is currently unavailable' };

interface Answer {
  readonly id: string;
  readonly podname: string | null;
  readonly clustername: string | null;
  readonly reviews: readonly {
    readonly reviewer: string;
    readonly text: string;
    readonly rating?: unknown;
  }[];
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<[number, Answer]> {
  const response = await fetch(url, { headers });
  expect(response.headers.get('content-type')).toContain('application/json');
  return [response.status, (await response.json()) as Answer];
}

/** A server in the place of ratings; what it got, and the variables that lead to it. */
async function standIn(answer: RequestListener) {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    answer(req, res);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { requests, env: addressOf((server.address() as AddressInfo).port) };
}

function addressOf(port: number | string) {
  return { RATINGS_HOSTNAME: '127.0.0.1', RATINGS_SERVICE_PORT: String(port) };
}

test('v1: two reviews without stars, and who answers', async () => {
  const { origin } = await startService(reviews, { HOSTNAME: 'reviews-v1-abc', CLUSTER_NAME: 'east' });
  const [status, { reviews: written, ...facts }] = await ask(`${origin}/reviews/7`);
  expect([status, facts]).toEqual([200, { id: '7', podname: 'reviews-v1-abc', clustername: 'east' }]);
  expect(written.map(({ reviewer }) => reviewer)).toEqual(['Reviewer1', 'Reviewer2']);
  for (const review of written) expect(Object.keys(review)).toEqual(['reviewer', 'text']);
});

test.each([
  ['black', BLACK],
  ['red', RED],
])('with ratings: the stars of the real service, in %s', async (color, env) => {
  const { origin } = await startService(ratings, {});
  const service = await startService(reviews, { ...env, ...addressOf(new URL(origin).port) });
  const [status, answer] = await ask(`${service.origin}/reviews/0`);
  expect(status).toBe(200);
  expect(answer.reviews.map(({ rating }) => rating)).toEqual([
    { stars: 5, color },
    { stars: 4, color },
  ]);
});

test.each<[string, RequestListener]>([
  ['fails', (_req, res) => res.writeHead(503).end('{"error": "Service unavailable"}')],
  ['answers no JSON', (_req, res) => res.end('<html>')],
  ['answers other JSON', (_req, res) => res.end('{"ratings": {"Reviewer1": "many"}}')],
  ['breaks the connection', (req) => req.socket.destroy()],
  ['is slow', () => {}],
])('ratings that %s: 200, and each review says that there are no stars', async (_what, answer) => {
  const { env } = await standIn(answer);
  const service = await startService(reviews, { ...RED, ...env, RATINGS_TIMEOUT: '200ms' });
  const [status, body] = await ask(`${service.origin}/reviews/0`);
  expect(status).toBe(200);
  expect(body.reviews.map(({ rating }) => rating)).toEqual([UNAVAILABLE, UNAVAILABLE]);
  const line = { url: '/reviews/0', status: 200, error: expect.stringMatching(/^ratings: /) };
  await expect.poll(service.log).toContainEqual(expect.objectContaining(line));
});

test('a reviewer who has given no stars is the only one without', async () => {
  const { env } = await standIn((_req, res) => res.end('{"id": 0, "ratings": {"Reviewer2": 3}}'));
  const { origin } = await startService(reviews, { ...BLACK, ...env });
  const [, body] = await ask(`${origin}/reviews/0`);
  expect(body.reviews.map(({ rating }) => rating)).toEqual([UNAVAILABLE, { stars: 3, color: 'black' }]);
});

test('ratings is told who the user is, and what joins the trace; nothing else', async () => {
  const { env, requests } = await standIn((_req, res) => res.end('{"ratings": {}}'));
  const { origin } = await startService(reviews, { ...BLACK, ...env });
  const sent = {
    'end-user': 'jason',
    'x-request-id': '7',
    'x-b3-traceid': '463ac35c9f6413ad',
    'x-datadog-trace-id': '1',
    'user-agent': 'a browser',
    authorization: 'Bearer token',
    cookie: 'session=1',
  };
  await ask(`${origin}/reviews/3`, { ...sent, 'x-other': '1' });
  expect(requests[0]?.url).toBe('/ratings/3');
  expect(requests[0]?.headers).toMatchObject(sent);
  expect(requests[0]?.headers).not.toHaveProperty('x-other');
});

test('an id that is no number is 400, and ratings is not asked', async () => {
  const { env, requests } = await standIn((_req, res) => res.end('{"ratings": {}}'));
  const { origin } = await startService(reviews, { ...BLACK, ...env });
  for (const id of ['abc', '1a', '-1', '..%2fratings%2f1'])
    expect(await ask(`${origin}/reviews/${id}`)).toEqual([
      400,
      { error: 'please provide numeric product id' },
    ]);
  expect(requests).toHaveLength(0);
});

test('/health, and JSON for a path that is not there', async () => {
  const { origin } = await startService(reviews, {});
  expect(await ask(`${origin}/health`)).toEqual([200, { status: 'Reviews is healthy' }]);
  expect(await ask(`${origin}/`)).toEqual([404, { error: expect.any(String) }]);
});
