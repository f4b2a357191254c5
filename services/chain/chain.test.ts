import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { chain } from '#services/chain/service.ts';

const start = (env: Record<string, string>) => startService(chain, env);

/** A server that is no chain service; it keeps the requests that it got. */
async function outside(listener: RequestListener) {
  const requests: { url: string; rawHeaders: string[] }[] = [];
  const server = createServer((req, res) => {
    requests.push({ url: req.url ?? '', rawHeaders: req.rawHeaders });
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

async function threeHops(env: Record<string, string> = {}) {
  const api = await outside((_req, res) =>
    res.setHeader('content-type', 'application/json').end('{ "time": "12:43" }\n'),
  );
  const backend = await start({ SERVICE_NAME: 'backend-prod', UPSTREAM_URI: api.url, ...env });
  const middleware = await start({ SERVICE_NAME: 'middleware-canary', UPSTREAM_URI: backend.url });
  const frontend = await start({ SERVICE_NAME: 'frontend-prod', UPSTREAM_URI: middleware.url });
  return { api, backend, middleware, frontend };
}

test('text: each hop with its time, then what it called, the outside answer verbatim', async () => {
  const { api, backend, middleware, frontend } = await threeHops();
  const answer = await request(frontend.origin)
    .get('/')
    .expect(200)
    .expect('content-type', /^text\/plain/);
  expect(answer.text.replaceAll(/\d+\.\d{3}secs/g, 'Tsecs')).toBe(
    `frontend-prod - Tsecs\n${middleware.url} -> middleware-canary - Tsecs\n${backend.url} -> backend-prod - Tsecs\n` +
      `${api.url} -> { "time": "12:43" }\n`,
  );
});

test('JSON: the call tree', async () => {
  const { frontend } = await threeHops();
  const { body } = await request(frontend.origin).get('/').set('accept', 'application/json').expect(200);
  expect(body).toMatchObject({ name: 'frontend-prod', status: 200, upstreams: [{ status: 200 }] });
  const backend = body.upstreams[0].answer.upstreams[0].answer;
  expect(backend).toMatchObject({ name: 'backend-prod', upstreams: [{ answer: { time: '12:43' } }] });
});

test('the page and the answer in JSON lead to the trace, where somebody has said how', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const ask = async (env: Record<string, string>, accept: string) => {
    const { origin } = await start(env);
    const b3 = { 'x-b3-traceid': traceId, 'x-b3-spanid': '00f067aa0ba902b7' };
    return request(origin)
      .get('/')
      .set({ accept, ...b3 })
      .expect(200);
  };
  const TRACE_PAGE = 'http://localhost:16686/trace/';
  const url = `${TRACE_PAGE}${traceId}`;
  expect((await ask({ TRACE_PAGE }, 'application/json')).headers['x-trace-page']).toBe(url);
  expect((await ask({ TRACE_PAGE }, 'text/html')).text).toContain(`<a id="trace" href="${url}">`);
  expect((await ask({}, 'application/json')).headers).not.toHaveProperty('x-trace-page');
  expect((await ask({}, 'text/html')).text).toContain('<a id="trace" hidden>');
});

test('HTML: self-contained, escaped, under a strict policy', async () => {
  const service = await start({ SERVICE_NAME: '<i>x</i>', MESSAGE: '"><script>' });
  const page = await request(service.origin).get('/').set('accept', 'text/html,*/*;q=0.8').expect(200);
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);
  expect(page.text).toContain('&lt;i&gt;x&lt;/i&gt;');
  expect(page.text).not.toContain('"><script>');
  expect(page.text).not.toMatch(/(src|href)="http/);
});

test('fail: 1 answers 500 by itself and calls nothing', async () => {
  const { api, frontend, middleware } = await threeHops();
  const answer = await request(frontend.origin).get('/').set('fail', '1').expect(500);
  expect(answer.text).toMatch(
    /^frontend-prod - \d+\.\d{3}secs\n500 Internal Server Error - failed on purpose \(fail: 1\)\n$/,
  );
  expect(api.requests).toHaveLength(0);
  expect(middleware.log().filter(({ url }) => url)).toHaveLength(0);
});

test('a seed makes the faults reproducible, and another name has others', async () => {
  const outcomes = async (SERVICE_NAME: string) => {
    const service = await start({ SERVICE_NAME, RAND_SEED: '7' });
    const statuses: number[] = [];
    for (let i = 0; i < 24; i++)
      statuses.push((await request(service.origin).get('/').set('fail', '0.5')).status);
    return statuses.join();
  };
  const first = await outcomes('a');
  expect(await outcomes('a')).toBe(first);
  expect(await outcomes('b')).not.toBe(first);
  expect(first).toMatch(/200/);
  expect(first).toMatch(/500/);
});

test.each([
  [404, 502, '404 Not Found - "gone"'],
  [503, 503, '503 Service Unavailable - "gone"'],
])('an outside %i becomes %i, readable at the end of the whole chain', async (theirs, ours, ending) => {
  const api = await outside((_req, res) => res.writeHead(theirs).end('gone'));
  const backend = await start({ SERVICE_NAME: 'backend', UPSTREAM_URI: api.url });
  const frontend = await start({ SERVICE_NAME: 'frontend', UPSTREAM_URI: backend.url });
  const answer = await request(frontend.origin).get('/').expect(ours);
  expect(answer.text).toMatch(/^frontend - .*\n.* -> backend - /);
  expect(answer.text.endsWith(`${api.url} -> ${ending}\n`)).toBe(true);
});

test('an upstream that cannot be reached is 502, one that never answers 504', async () => {
  const silent = await outside(() => {});
  const dead = await start({ UPSTREAM_URI: 'http://127.0.0.1:1/' });
  const late = await start({ UPSTREAM_URI: silent.url, UPSTREAM_TIMEOUT: '50ms' });
  expect((await request(dead.origin).get('/').expect(502)).text).toMatch(
    /-> 502 Bad Gateway - no answer: .*ECONNREFUSED/,
  );
  expect((await request(late.origin).get('/').expect(504)).text).toContain(
    '-> 504 Gateway Timeout - no answer within 0.05s',
  );
});

test('an answer over the size limit is cut off', async () => {
  const api = await outside((_req, res) => res.end('x'.repeat(2000)));
  const service = await start({ UPSTREAM_URI: api.url, UPSTREAM_MAX_BYTES: '1000' });
  expect((await request(service.origin).get('/').expect(502)).text).toContain(
    'answer larger than 1000 bytes',
  );
});

test.each(['text/plain', 'application/json', 'text/html'])(
  'JSON nested too deep is text, as %s',
  async (type) => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const api = await outside((_req, res) => res.setHeader('content-type', 'application/json').end(deep));
    const service = await start({ UPSTREAM_URI: api.url });
    expect((await request(service.origin).get('/').set('accept', type).expect(200)).text).toContain(deep);
  },
);

test('headers and query travel on, repeated ones too; overrides and credentials do not', async () => {
  const api = await outside((_req, res) => res.end());
  const service = await start({ UPSTREAM_URI: `${api.url}api?key=1` });
  const query = request(service.origin).get('/?a=1&a=2&fail=0&delay=1ms');
  query.set({ 'x-dev-user': 'super-secret', authorization: 'x', 'x-request-id': 'r1' });
  await query.set('tracestate', ['a=1', 'b=2'] as unknown as string).expect(200);
  expect(api.requests.map(({ url }) => url)).toEqual(['/api?key=1&a=1&a=2']);
  const raw = api.requests[0]?.rawHeaders.join(' ') ?? '';
  for (const part of ['x-dev-user super-secret', 'x-request-id r1', 'fail 0', 'tracestate a=1', 'b=2'])
    expect(raw).toContain(part);
  expect(raw).not.toContain('authorization');
  const line = { requestId: 'r1', status: 200 };
  await expect.poll(service.log).toContainEqual(expect.objectContaining(line));
});

test('an upstream named twice is called twice; one failure fails the hop', async () => {
  const good = await outside((_req, res) => res.end('fine'));
  const bad = await outside((_req, res) => res.writeHead(500).end());
  const service = await start({ UPSTREAM_URIS: [good.url, good.url, bad.url].join(), UPSTREAM_WORKERS: '3' });
  const answer = await request(service.origin).get('/').expect(500);
  expect(good.requests).toHaveLength(2);
  expect(answer.text.split('\n').at(-2)).toBe(
    `500 Internal Server Error - ${bad.url}: answered 500 Internal Server Error`,
  );
});

test.each([
  ['fail', 'banana', 'a probability from 0 to 1'],
  ['fail', '2', 'a probability from 0 to 1'],
  ['delay', '-1', 'a time with its unit'],
  ['delay', '2m', 'at most 1m'],
  ['code', '99', 'a status code from 200 to 599'],
])('%s: %s is refused by header and by query, with the reason', async (name, value, allowed) => {
  const service = await start({});
  const byHeader = await request(service.origin).get('/').set(name, value).expect(400);
  expect(byHeader.text).toContain(`header ${name}: ${value}: must be`);
  expect(byHeader.text).toContain(allowed);
  const byQuery = await request(service.origin)
    .get(`/?${name}=${value}`)
    .set('accept', 'application/json')
    .expect(400);
  expect(byQuery.body.error).toContain(`query parameter ${name}: ${value}: must be`);
});

test('a sick replica fails everything but its probes until it is well', async () => {
  const service = await start({ SERVICE_NAME: 'backend' });
  await request(service.origin).post('/sick').expect(200, 'backend is sick\n');
  expect((await request(service.origin).get('/').expect(503)).text).toContain(
    '503 Service Unavailable - this replica is sick',
  );
  await request(service.origin).get('/healthz').expect(200);
  await request(service.origin).get('/readyz').expect(200);
  await request(service.origin).get('/well').expect(405).expect('allow', 'POST');
  await request(service.origin).post('/well').expect(200);
  await request(service.origin).get('/').expect(200);
});

test('metrics count requests, downstream calls and the build', async () => {
  const { frontend, middleware } = await threeHops();
  await request(frontend.origin).get('/some/path').expect(200);
  const { text } = await request(frontend.origin).get('/metrics').expect(200);
  expect(text).toContain('http_requests_total{method="GET",route="/",code="200"} 1');
  expect(text).toContain(
    `http_client_requests_total{upstream="${new URL(middleware.url).origin}",code="200"} 1`,
  );
  expect(text).toMatch(/build_info\{service="frontend-prod",version="[^"]+",node_version="v\d+/);
});

test('bodies, headers and URLs have limits', async () => {
  const service = await start({});
  await request(service.origin).post('/').send('x'.repeat(70_000)).expect(413);
  await request(service.origin).post('/').send('x').expect(200);
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.end(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
});

test('through a proxy the request is in absolute form with its own host', async () => {
  const proxy = await outside((_req, res) => res.end('by proxy'));
  const service = await start({
    UPSTREAM_URI: 'http://middleware/',
    http_proxy: proxy.url,
    NO_PROXY: 'localhost',
  });
  expect((await request(service.origin).get('/').expect(200)).text).toContain(
    'http://middleware/ -> by proxy',
  );
  expect(proxy.requests[0]?.url).toBe('http://middleware/');
  expect(proxy.requests[0]?.rawHeaders.join(' ')).toMatch(/host middleware(?!:)/i);
});
