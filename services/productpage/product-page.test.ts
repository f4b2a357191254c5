import request from 'supertest';
import { expect, test } from 'vitest';
import { started } from '#services/productpage/testing/started.ts';
import { json, reviewsWith, silence, status } from '#services/productpage/testing/stub-backends.ts';

test('the page shows the book, its details, its reviews and who answered', async () => {
  const { origin, stubs } = await started();
  const page = await request(origin)
    .get('/productpage')
    .expect(200)
    .expect('content-type', /^text\/html/);
  expect(page.text).toContain('<title>Simple Bookstore App</title>');
  expect(page.text).toContain('<dt>ISBN-13</dt><dd>123-1234567890</dd>');
  expect(page.text).toContain('aria-label="5 of 5 stars, red">★★★★★<');
  expect(page.text).toContain('aria-label="4 of 5 stars, red">★★★★☆<');
  expect(page.text).toContain('<code>details-v1-6cd6d9df6b-8v4cm</code>, version <code>v1</code>');
  expect(page.text).toContain(
    '<code>reviews-v3-7d99fd7978-x2x7k</code>, version <code>v3</code>, cluster <code>Kubernetes</code>',
  );
  expect(stubs.requests.map(({ url }) => url).sort()).toEqual(['/details/0', '/reviews/0']);
});

test('it works without scripts, and under a policy that allows none', async () => {
  const { origin } = await started();
  const { text, headers } = await request(origin).get('/productpage');
  expect(text).not.toMatch(/<script|style="|(?:src|action)="http/);
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringMatching(/^default-src 'none'/),
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
  });
});

test('what others say is escaped', async () => {
  const { origin, stubs } = await started();
  const reviews = [{ reviewer: '<b>x', text: '"><script>', rating: { stars: 9, color: '"><i>' } }];
  stubs.answers.reviews = json({ podname: '<u>', clustername: 'null', reviews });
  stubs.answers.details = json({ author: '<script>', pages: null });
  const { text } = await request(origin).get('/productpage').expect(200);
  expect(text).not.toMatch(/<script|<b>x|<i>|<u>|cluster <code>|Pages/);
  expect(text).toContain('5 of 5');
});

test('without ratings there are no stars; without the ratings service its error is in their place', async () => {
  const { origin, stubs } = await started();
  stubs.answers.reviews = json(reviewsWith());
  expect((await request(origin).get('/productpage')).text).not.toMatch(/★|class="error"/);
  const error = 'Ratings service is currently unavailable';
  stubs.answers.reviews = json(reviewsWith({ error }, { error }));
  expect(
    (await request(origin).get('/productpage')).text.split(`<span class="error">${error}<`),
  ).toHaveLength(3);
  stubs.answers.reviews = json({ reviews: [] });
  expect((await request(origin).get('/productpage')).text).toContain('Nobody has reviewed this book yet.');
});

test('a missing part is said in its place, and the page is 200; reviews is tried twice, details once', async () => {
  const { origin, stubs, log } = await started();
  stubs.answers.details = status(500);
  stubs.answers.reviews = (res) => res.destroy();
  const { text } = await request(origin).get('/productpage').expect(200);
  for (const part of ['details', 'reviews']) {
    expect(text).toContain(`<h3>Error fetching product ${part}!</h3>`);
    expect(text).toContain(`Sorry, product ${part} are currently unavailable for this book.`);
  }
  expect(text).toContain('details: answered 500 Internal Server Error');
  expect(stubs.requests.map(({ part }) => part).sort()).toEqual(['details', 'reviews', 'reviews']);
  await expect
    .poll(() => log().at(-1))
    .toMatchObject({
      status: 200,
      error: expect.stringMatching(/^details answered 500 .*; reviews /),
    });
});

test('the second try of reviews counts', async () => {
  const { origin, stubs } = await started();
  const { reviews } = stubs.answers;
  stubs.answers.reviews = (res) => {
    stubs.answers.reviews = reviews;
    res.writeHead(503).end();
  };
  const { text } = await request(origin).get('/productpage').expect(200);
  expect(text).toContain('★★★★★');
  expect(text).not.toContain('Error fetching');
});

test('services that cannot be reached at all leave a page', async () => {
  const nowhere = { DETAILS_SERVICE_PORT: '1', REVIEWS_SERVICE_PORT: '1' };
  const { origin } = await started(nowhere);
  const { text } = await request(origin).get('/productpage').expect(200);
  expect(text.match(/Error fetching product/g)).toHaveLength(2);
});

test('a slow reviews is given up after 2 × 3 s, a slow details after 3 s', { timeout: 20_000 }, async () => {
  const { origin, stubs } = await started();
  stubs.answers.reviews = silence;
  stubs.answers.details = silence;
  const startedAt = performance.now();
  const { text } = await request(origin).get('/productpage').expect(200);
  const seconds = (performance.now() - startedAt) / 1000;
  expect(seconds).toBeGreaterThan(5.9);
  expect(seconds).toBeLessThan(9);
  expect(text).toContain('reviews: no answer within 3s, twice');
  expect(text).toContain('details: no answer within 3s');
  expect(stubs.requests.map(({ part }) => part).sort()).toEqual(['details', 'reviews', 'reviews']);
});

test('FLOOD_FACTOR calls reviews that often on top', async () => {
  const { origin, stubs } = await started({ FLOOD_FACTOR: '5' });
  await request(origin).get('/productpage').expect(200);
  await expect.poll(() => stubs.requests.filter(({ part }) => part === 'reviews').length).toBe(6);
});

test('headers that tracers and meshes need travel on', async () => {
  const { origin, stubs } = await started();
  const sent = { 'x-request-id': 'r1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, sw8: 's' };
  const more = { authorization: 'Bearer t', jwt: 'j', cookie: 'a=b', 'user-agent': 'curl/8' };
  await request(origin)
    .get('/productpage')
    .set({ ...sent, ...more, 'x-own': 'no' });
  for (const { headers } of stubs.requests) {
    expect(headers).toMatchObject({ ...sent, ...more });
    expect(headers).not.toHaveProperty('x-own');
  }
});
