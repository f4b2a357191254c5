import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { details } from '#services/details/service.ts';
import { booksAnswer } from '#services/google-books-standin/answer.ts';

const start = (env: Record<string, string> = {}) => startService(details, env);

/** Plays every outside host as an HTTP proxy, which gets requests in absolute form. */
async function outside(listener: RequestListener) {
  const requests: { url: string; rawHeaders: string }[] = [];
  const server = createServer((req, res) => {
    requests.push({ url: req.url ?? '', rawHeaders: req.rawHeaders.join(' ') });
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const external = { ENABLE_EXTERNAL_BOOK_SERVICE: 'true', DO_NOT_ENCRYPT: 'true' };
  return { requests, env: { ...external, http_proxy: `http://127.0.0.1:${port}` } };
}

test('v1 knows the book by itself', async () => {
  const { origin } = await start({ HOSTNAME: 'details-v1-abc', SERVICE_VERSION: 'v1' });
  const answer = await request(origin).get('/details/0').expect(200);
  expect(answer.headers).toMatchObject({ 'x-pod-name': 'details-v1-abc', 'x-service-version': 'v1' });
  expect(answer.text).toBe(
    '{"id":0,"author":"William Shakespeare","year":1595,"type":"paperback","pages":200,"publisher":"PublisherA",' +
      '"language":"English","ISBN-10":"1234567890","ISBN-13":"123-1234567890"}',
  );
  expect((await request(origin).get('/details/42').expect(200)).body.id).toBe(42);
});

test.each(['abc', '1.5', '-1', '0x1', '1e3', '99999999999999999999', '%3Cscript%3E', ''])(
  'the id %j is refused',
  async (id) => {
    const { origin } = await start();
    const answer = await request(origin).get(`/details/${id}`).expect(400);
    expect(answer.body).toEqual({ error: 'please provide numeric product id' });
  },
);

test('health, probes and metrics; other paths are 404, oversized bodies 413', async () => {
  const { origin } = await start();
  await request(origin).get('/health').expect(200, { status: 'Details is healthy' });
  await request(origin).get('/readyz').expect(200);
  await request(origin).get('/details/0').expect(200);
  const { text } = await request(origin).get('/metrics').expect(200);
  expect(text).toContain('http_requests_total{method="GET",route="/details/{id}",code="200"} 1');
  const error = 'there is no GET /nowhere here';
  for (const accept of ['*/*', 'text/html'])
    expect((await request(origin).get('/nowhere').set({ accept }).expect(404)).body).toEqual({ error });
  await request(origin).post('/details/0').send('x'.repeat(70_000)).expect(413);
});

test('v2 asks Google by ISBN, and tells it nothing of who asks', async () => {
  const { requests, env } = await outside((req, res) =>
    res.end(booksAnswer(new URL(req.url ?? '').pathname + new URL(req.url ?? '').search).body),
  );
  const { origin } = await start(env);
  const query = request(origin).get('/details/7');
  query.set({ cookie: 'session=x', authorization: 'Bearer x', 'end-user': 'jason', 'x-request-id': 'r1' });
  expect((await query.expect(200)).body).toEqual({
    ...{ id: 7, author: 'William Shakespeare', year: 2002, type: 'paperback', pages: 80 },
    ...{ publisher: 'Courier Corporation', language: 'English' },
    ...{ 'ISBN-10': '0486424618', 'ISBN-13': '9780486424613' },
  });
  expect(requests.map(({ url }) => url)).toEqual([
    'http://www.googleapis.com/books/v1/volumes?q=isbn:0486424618',
  ]);
  expect(requests[0]?.rawHeaders).toContain('x-request-id r1');
  expect(requests[0]?.rawHeaders).not.toMatch(/cookie|authorization|end-user/i);
});

test.each([
  ['429', 502, (_req, res) => res.writeHead(429).end()],
  ['503', 503, (_req, res) => res.writeHead(503).end()],
  ['no JSON', 502, (_req, res) => res.end('<html>')],
  ['no book', 502, (_req, res) => res.end('{"totalItems":0}')],
  ['a cut connection', 502, (_req, res) => res.destroy()],
] satisfies [string, number, RequestListener][])('%s of Google becomes %i', async (_, status, listener) => {
  const { env } = await outside(listener);
  const { origin } = await start(env);
  const { body } = await request(origin).get('/details/0').expect(status);
  expect(body.error).toMatch(/^the Google Books API: /);
});
