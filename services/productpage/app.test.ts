import request from 'supertest';
import { expect, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { productpage } from '#services/productpage/service.ts';
import { started } from '#services/productpage/testing/started.ts';
import { BOOK, status } from '#services/productpage/testing/stub-backends.ts';

test('the API passes on what the services say', async () => {
  const { origin, stubs } = await started();
  const products = await request(origin).get('/api/v1/products').expect(200);
  expect(products.body).toMatchObject([{ id: 0, title: 'The Comedy of Errors' }]);
  const root = '/api/v1/products/7';
  expect((await request(origin).get(root).expect(200)).body).toEqual(BOOK);
  expect((await request(origin).get(`${root}/reviews`).expect(200)).body).toMatchObject({
    ...{ id: '0', podname: 'reviews-v3-7d99fd7978-x2x7k' },
    reviews: [{ rating: { stars: 5, color: 'red' } }, {}],
  });
  const ratings = await request(origin).get(`${root}/ratings`).expect(200);
  expect(ratings.text).toBe('{"id":0,"ratings":{"Reviewer1":5,"Reviewer2":4}}');
  expect(stubs.requests.map(({ url }) => url)).toEqual(['/details/7', '/reviews/7', '/ratings/7']);
});

test.each(['', '/reviews', '/ratings'])('API …/abc%s: an id that is no number is 400', async (path) => {
  const { origin, stubs } = await started();
  const answer = await request(origin).get(`/api/v1/products/abc${path}`).expect(400);
  expect(answer.body).toEqual({ error: 'please provide numeric product id' });
  expect(stubs.requests).toEqual([]);
});

test.each([
  ['', 'details'],
  ['/reviews', 'reviews'],
  ['/ratings', 'ratings'],
] as const)("API …/0%s: a failure has the service's status, else 500", async (path, part) => {
  const { origin, stubs } = await started();
  const error = `Sorry, product ${part} are currently unavailable for this book.`;
  stubs.answers[part] = status(503);
  await request(origin).get(`/api/v1/products/0${path}`).expect(503, { error });
  stubs.answers[part] = (res) => res.destroy();
  await request(origin).get(`/api/v1/products/0${path}`).expect(500, { error });
  stubs.answers[part] = status(302);
  await request(origin).get(`/api/v1/products/0${path}`).expect(500, { error });
});

test('health, probes, metrics and the home page', async () => {
  const { origin } = await started();
  await request(origin).get('/health').expect(200, 'Product page is healthy');
  await request(origin).get('/readyz').expect(200);
  const home = await request(origin)
    .get('/')
    .expect(200)
    .expect('content-type', /^text\/html/);
  expect(home.text).toContain('<title>Simple Bookstore App</title>');
  expect(home.text).toContain('href="/productpage"');
  await request(origin).get('/productpage').expect(200);
  const { text } = await request(origin).get('/metrics').expect(200);
  expect(text).toContain('http_requests_total{method="GET",route="/productpage",code="200"} 1');
});

test('static files may be kept for ever under the address that the page gives; others are 404', async () => {
  const { origin } = await started();
  const { text } = await request(origin).get('/productpage');
  const addresses = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(addresses).toHaveLength(6);
  for (const address of addresses)
    await request(origin)
      .get(address)
      .expect(200)
      .expect('cache-control', /immutable/);
  await request(origin).get('/static/../app.ts').expect(404);
  await request(origin).get('/static/%2e%2e/app.ts').expect(404);
  await request(origin).get('/nowhere').expect(404);
});

test('a domain is appended to the names', async () => {
  const env = { SERVICES_DOMAIN: 'bookinfo.test', http_proxy: 'http://127.0.0.1:1' };
  const { origin } = await startService(productpage, env);
  await request(origin).get('/api/v1/products/0').expect(500);
  const { text } = await request(origin).get('/metrics');
  expect(text).toContain('upstream="http://details.bookinfo.test:9080",code="none"} 1');
});

test('mistaken variables end the start', async () => {
  const env = { FLOOD_FACTOR: '-1', DETAILS_HOSTNAME: 'http://details' };
  const start = startService(productpage, env);
  await expect(start).rejects.toThrow('FLOOD_FACTOR="-1": must be a whole number from 0 to 1000');
  await expect(start).rejects.toThrow('DETAILS_HOSTNAME="http://details": must be a host name');
});
