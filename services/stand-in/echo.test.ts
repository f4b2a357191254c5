import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { callUpstream } from '#services/stand-in/call-upstream.ts';
import { play } from '#services/stand-in/testing.ts';

test('says who it is and what it received, the identity of the caller with it', async () => {
  const { origin, log } = await play({});
  const headers = {
    'x-forwarded-client-cert': 'By=spiffe://a/b;URI=spiffe://cluster.local/ns/shop/sa/front',
  };
  const answer = await fetch(`${origin}/items?sort=1`, { method: 'POST', body: 'two', headers });
  expect(answer.headers.get('x-played-by')).toBe('stand-in');
  expect(await answer.json()).toMatchObject({
    ...{ workload: 'cart', version: 'v1', pod: 'cart-1', namespace: 'shop', port: 8080 },
    received: {
      method: 'POST',
      path: '/items?sort=1',
      body: 'two',
      caller: 'spiffe://cluster.local/ns/shop/sa/front',
    },
  });
  await expect.poll(log).toContain('POST /items?sort=1 200\n');
});

test('answers what its script says, by the longest path; a share of errors is exact', async () => {
  const { origin } = await play({
    script: {
      body: 'all',
      paths: {
        '/api': { status: 418 },
        '/api/v2': { body: 'two' },
        '/sick': { errors: { share: 0.25, status: 503 } },
      },
    },
  });
  const get = async (path: string) => {
    const answer = await fetch(`${origin}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await get('/')).toEqual([200, 'all']);
  expect(await get('/api/x')).toEqual([418, 'all']);
  expect(await get('/api/v2/x')).toEqual([200, 'two']);
  const statuses = [];
  for (let asked = 0; asked < 8; asked += 1) statuses.push((await get('/sick'))[0]);
  expect(statuses).toEqual([200, 200, 200, 503, 200, 200, 200, 503]);
});

test('calls its upstreams with the headers that go on, and shows their answers', async () => {
  const behind = await play({});
  const { origin } = await play({
    script: { upstreams: [`${behind.origin}/x`, `grpc://127.0.0.1:${behind.port}`] },
  });
  const answer = await fetch(origin, { headers: { 'end-user': 'jason', 'x-envoy-attempt-count': '1' } });
  const { upstreams } = (await answer.json()) as {
    upstreams: { answer: { received: { headers: object } } }[];
  };
  expect(upstreams).toMatchObject([
    { status: 200 },
    { status: 200, grpcStatus: 0, answeredBy: 'cart v1 cart-1:8080' },
  ]);
  expect(upstreams[0]?.answer.received.headers).toMatchObject({ 'end-user': 'jason' });
  expect(upstreams[0]?.answer.received.headers).not.toHaveProperty('x-envoy-attempt-count');
});

test('a probe passes whatever the script says; the same path through the sidecar follows it', async () => {
  const { origin } = await play({ probes: ['/ready'], script: { status: 500 } });
  expect((await fetch(`${origin}/ready`)).status).toBe(200);
  expect((await fetch(`${origin}/ready`, { headers: { 'x-request-id': '1' } })).status).toBe(500);
});

test('an upstream that is not there makes the answer a 502 that says so', async () => {
  const { origin } = await play({ script: { upstreams: ['http://127.0.0.1:1/'] } });
  const answer = await fetch(origin);
  expect(answer.status).toBe(502);
  expect(await answer.text()).toContain('ECONNREFUSED');
});

test('speaks h2c at the same port', async () => {
  const { origin } = await play({});
  const session = connectHttp2(origin);
  const stream = session.request({ ':path': '/two' });
  stream.end();
  expect(JSON.parse(await text(stream))).toMatchObject({ received: { path: '/two', protocol: 'HTTP/2.0' } });
  session.close();
});

test('answers any method of gRPC with an empty message, and those of the script with its status', async () => {
  const { port } = await play({
    protocol: 'grpc',
    script: { paths: { '/shop.Cart/Drop': { grpcStatus: 7 } } },
  });
  const call = (path: string) =>
    callUpstream({ url: `grpc://127.0.0.1:${port}${path}`, headers: {}, env: {} });
  expect(await call('/shop.Cart/Get')).toMatchObject({ grpcStatus: 0, body: '' });
  expect(await call('/shop.Cart/Drop')).toMatchObject({ grpcStatus: 7 });
  expect((await call('/mesh101.standin.v1.Echo/Echo')).body).toContain('cart-1');
});

test('sends WebSocket messages back', async () => {
  const { port } = await play({});
  const client = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  await once(client, 'open');
  client.send('hello');
  expect(String((await once(client, 'message'))[0])).toBe('hello');
  client.close();
});

test('sends the bytes of TCP back behind a line of who it is', async () => {
  const { port } = await play({ protocol: 'tcp' });
  const socket = connect(port, '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\n\r\n');
  expect(await text(socket)).toBe('cart v1 cart-1:8080\nGET / HTTP/1.1\r\n\r\n');
});

test('ends with 0 when told to, and by SIGKILL at once', async () => {
  const one = await play({});
  await one.end('SIGTERM');
  expect(await one.ended).toEqual({ type: 'ended', id: 1, code: 0, signal: null });
  const other = await play({});
  await other.end('SIGKILL');
  expect(await other.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
});
