import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { httpbin } from '#services/httpbin/service.ts';

/** Whatever an endpoint shows. */
type Shown = Record<string, unknown> & { readonly headers: Record<string, string> };

async function start() {
  const service = await startService(httpbin, {
    SERVICE_VERSION: 'v2',
    SERVICE_NAME: 'httpbin-v2',
    RAND_SEED: '1',
  });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${service.origin}${path}`, { redirect: 'manual', ...init });
  const json = async (path: string, init: RequestInit = {}): Promise<Shown> =>
    (await (await ask(path, init)).json()) as Shown;
  return { ...service, ask, json };
}

describe('what it shows of a request', () => {
  test('/get, in the order and indentation of httpbin', async () => {
    const { ask, origin } = await start();
    const answer = await ask('/get?a=1&a=2&b=', {
      headers: { 'X-Dev-User': 'me', 'x-request-id': 'hidden' },
    });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-service-version')).toBe('v2');
    const text = await answer.text();
    expect(text).toMatch(/^\{\n {2}"args": \{\n {4}"a": \[\n {6}"1",/);
    const shown = JSON.parse(text);
    expect(shown).toMatchObject({ args: { a: ['1', '2'], b: '' }, origin: '127.0.0.1' });
    expect(shown).toMatchObject({ url: `${origin}/get?a=1&a=2&b=`, headers: { 'X-Dev-User': 'me' } });
    expect(shown.headers).not.toHaveProperty('X-Request-Id');
  });

  test('bodies: JSON, forms, files, anything', async () => {
    const { json } = await start();
    const post = (body: string | URLSearchParams | FormData) => json('/post', { method: 'POST', body });
    expect(await post('{"a":1}')).toMatchObject({ data: '{"a":1}', json: { a: 1 }, form: {}, files: {} });
    expect(await post(new URLSearchParams('a=1&a=2'))).toMatchObject({ data: '', form: { a: ['1', '2'] } });
    const form = new FormData();
    form.set('file', new Blob(['text']), 'name');
    expect(await post(form)).toMatchObject({ files: { file: 'text' }, json: null });
    const shown = await json('/anything/else', { method: 'PUT', body: new Uint8Array([255]) });
    expect(shown).toMatchObject({ method: 'PUT', data: 'data:application/octet-stream;base64,/w==' });
    expect(await post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).toMatchObject({ json: null });
  });

  test('headers, ip, user-agent, uuid, cookies', async () => {
    const { json } = await start();
    const headers = { 'user-agent': 'me', cookie: 'a=1; b="2"', 'x-forwarded-for': '10.0.0.1' };
    expect((await json('/headers', { headers })).headers['User-Agent']).toBe('me');
    expect(await json('/ip', { headers })).toEqual({ origin: '10.0.0.1' });
    expect(await json('/user-agent', { headers })).toEqual({ 'user-agent': 'me' });
    expect((await json('/uuid'))['uuid']).toMatch(/^[\da-f-]{36}$/);
    expect(await json('/cookies', { headers })).toEqual({ cookies: { a: '1', b: '2' } });
  });
});

test("headers whose names are those of Object.prototype's are shown as any", async () => {
  const { origin } = await start();
  const headers = ['Host', 'a', 'constructor', 'b', '__proto__', 'c', '__proto__', 'd', 'toString', 'e'];
  const [answer] = await once(get(`${origin}/headers`, { headers, agent: false }), 'response');
  const shown = JSON.parse(await text(answer)).headers;
  expect(Object.entries(shown)).toEqual([
    ['Connection', 'close'],
    ['Constructor', 'b'],
    ['Host', 'a'],
    ['Tostring', 'e'],
    ['__proto__', 'c,d'],
  ]);
});

describe('what it does as it is asked to', () => {
  test('/status: one code, or one of several by their weights', async () => {
    const { ask } = await start();
    expect((await ask('/status/503', { method: 'POST' })).status).toBe(503);
    expect((await ask('/status/302')).headers.get('location')).toBe('/redirect/1');
    for (let i = 0; i < 5; i++) expect((await ask('/status/200:0,418:2')).status).toBe(418);
    for (const wrong of ['100', '600', 'x', '200:0'])
      expect((await ask(`/status/${wrong}`)).status).toBe(400);
  });

  test('/delay and /drip take their time', async () => {
    const { ask, json } = await start();
    const startedAt = performance.now();
    expect(await json('/delay/0.2')).toMatchObject({ args: {}, form: {} });
    const dripped = await ask('/drip?duration=0.2&numbytes=5&code=201');
    expect([dripped.status, await dripped.text()]).toEqual([201, '*****']);
    expect(performance.now() - startedAt).toBeGreaterThan(350);
    expect((await ask('/delay/soon')).status).toBe(400);
    expect((await ask('/drip?numbytes=0')).status).toBe(400);
  });

  test('/bytes and /stream end at their limits', async () => {
    const { ask } = await start();
    const size = async (path: string) => (await (await ask(path)).arrayBuffer()).byteLength;
    expect(await size('/bytes/1000')).toBe(1000);
    expect(await size('/bytes/99999999')).toBe(102_400);
    expect(await size('/stream-bytes/1000?chunk_size=7')).toBe(1000);
    const seeded = async () => (await ask('/bytes/8?seed=1')).text();
    expect(await seeded()).toBe(await seeded());
    const lines = (await (await ask('/stream/1000')).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  });

  test('redirects, cookies, credentials, compression, headers', async () => {
    const { ask, json, origin } = await start();
    const location = async (path: string) => (await ask(path)).headers.get('location');
    expect(await location('/redirect/3')).toBe('/relative-redirect/2');
    expect(await location('/relative-redirect/1')).toBe('/get');
    expect(await location('/absolute-redirect/2')).toBe(`${origin}/absolute-redirect/1`);
    expect((await ask('/cookies/set/a/1')).headers.get('set-cookie')).toBe('a=1; Path=/');
    expect((await ask('/basic-auth/me/secret')).headers.get('www-authenticate')).toContain('Basic');
    const headers = { authorization: `Basic ${btoa('me:secret')}` };
    expect(await json('/basic-auth/me/secret', { headers })).toEqual({ authenticated: true, user: 'me' });
    expect((await ask('/hidden-basic-auth/me/other', { headers })).status).toBe(404);
    expect((await json('/gzip'))['gzipped']).toBe(true);
    const given = await ask('/response-headers?x-color=red');
    const text = await given.text();
    expect(given.headers.get('x-color')).toBe('red');
    expect(JSON.parse(text)).toMatchObject({ 'Content-Length': String(text.length), 'x-color': 'red' });
    expect((await ask('/response-headers?content-length=1')).status).toBe(400);
  });

  test('refuses other methods, other paths, and bodies that are too large', async () => {
    const { ask } = await start();
    const answer = await ask('/get', { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/post', { method: 'POST', body: 'x'.repeat((1 << 20) + 1) })).status).toBe(413);
  });
});

test('one line in the log for each request, and none for probes', async () => {
  const { ask, log } = await start();
  await (await ask('/get?n=1')).text();
  await (await ask('/readyz')).text();
  await expect.poll(() => log().filter(({ url }) => url)).toHaveLength(1);
  expect(log().find(({ url }) => url)).toMatchObject({
    method: 'GET',
    url: '/get?n=1',
    status: 200,
    service: 'httpbin-v2',
  });
});

test('a sick replica fails everything but its probes, until it is well', async () => {
  const { ask } = await start();
  expect(await (await ask('/sick', { method: 'POST' })).text()).toBe('httpbin-v2 is sick\n');
  expect([(await ask('/get')).status, (await ask('/readyz')).status]).toEqual([503, 200]);
  await ask('/well', { method: 'POST' });
  expect((await ask('/get')).status).toBe(200);
});
