import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import request from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { echoVariables, localFile } from '#services/echo-basic/config.ts';
import { startEchoBasic } from '#services/echo-basic/service.ts';

const ports = '3000:0,3001:0';

async function start(env: Readonly<Record<string, string>>) {
  const config = echoVariables.parse({ PORT_MAP: ports, POD_NAME: 'web-1', NAMESPACE: 'shop', ...env });
  const echo = await startEchoBasic(config, () => {});
  onTestFinished(() => echo.close());
  return { plain: echo.ports.get(3000) ?? 0, h2c: echo.ports.get(3001) ?? 0 };
}

test('says what arrived, and who answers', async () => {
  const { plain } = await start({});
  const asked = request(`http://127.0.0.1:${plain}`)
    .get('/a?b=c')
    .set('Host', 'shop.example')
    .set('x-two', '1');
  const { body, headers } = await asked.set('X-Echo-Set-Header', 'X-A:1, X-A:2,X-B: 3').expect(200);
  expect(body).toMatchObject({
    ...{ path: '/a?b=c', host: 'shop.example', method: 'GET', proto: 'HTTP/1.1' },
    ...{ namespace: 'shop', ingress: '', service: '', pod: 'web-1' },
    headers: { 'X-Two': ['1'] },
  });
  expect(body.headers).not.toHaveProperty('Host');
  expect(headers).toMatchObject({ 'x-a': '1,2', 'x-b': '3' });
});

test('answers with the status and after the time that are asked for', async () => {
  const { plain } = await start({});
  const agent = request(`http://127.0.0.1:${plain}`);
  await agent.get('/status/503').expect(503);
  await agent.get('/status/nonsense').expect(400);
  await agent.get('/?delay=1ms').expect(200);
  await agent.get('/?delay=soon').expect(500);
});

test('fails as often as asked for, for each caller by its id', async () => {
  const { plain } = await start({});
  const agent = request(`http://127.0.0.1:${plain}`);
  const ask = async (query: string) => (await agent.get(`/retry?responseCode=503&${query}`)).status;
  const twice = [await ask('succeedAfter=2&uuid=a'), await ask('succeedAfter=2&uuid=a')];
  expect([...twice, await ask('succeedAfter=2&uuid=a'), await ask('succeedAfter=1&uuid=b')]).toEqual([
    503, 503, 200, 503,
  ]);
  expect(await ask('succeedAfter=often&uuid=c')).toBe(400);
});

test('sends back what arrives on a WebSocket', async () => {
  const { plain } = await start({});
  const socket = new WebSocket(`ws://127.0.0.1:${plain}/ws`);
  await once(socket, 'open');
  socket.send('hello');
  const [data] = await once(socket, 'message');
  expect(String(data)).toBe('hello');
  socket.close();
});

test('speaks HTTP/2 without TLS', async () => {
  const { h2c } = await start({});
  const session = connect(`http://127.0.0.1:${h2c}`);
  const call = session.request({ ':path': '/x' });
  const body = JSON.parse((await buffer(call)).toString('utf8'));
  session.close();
  expect(body).toMatchObject({ path: '/x', proto: 'HTTP/2.0' });
});

test.each([
  ['Echo', '0'],
  ['EchoTwo', '0'],
  ['EchoThree', '12'],
])('gRPC: %s ends with status %s', async (method, status) => {
  const { plain } = await start({ GRPC_ECHO_SERVER: '1' });
  const session = connect(`http://127.0.0.1:${plain}`);
  const path = `/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/${method}`;
  const call = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  const seen: Record<string, unknown> = {};
  for (const event of ['response', 'trailers']) call.on(event, (headers) => Object.assign(seen, headers));
  call.end(Buffer.alloc(5));
  const body = await buffer(call);
  session.close();
  expect(seen['grpc-status']).toBe(status);
  expect(body.includes('web-1')).toBe(status === '0');
});

test('answers lines of a plain connection', async () => {
  const { plain } = await start({ TCP_ECHO_SERVER: '1' });
  const socket = createConnection(plain, '127.0.0.1');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.write('PING\nIS_TLS\nTEST\n');
  const read = async () => (await lines.next()).value;
  expect([await read(), await read(), await read()]).toEqual([
    'Gateway API Test TCP Server',
    'PONG',
    'false',
  ]);
  expect(JSON.parse(String(await read()))).toMatchObject({ pod: 'web-1', isTLS: false });
  socket.destroy();
});

test("finds the image's files where the laptop keeps them", () => {
  const VOLUME_MAP = '/etc/a=/tmp/x=1\n/etc/b=/tmp/y';
  expect(localFile('/etc/a/tls.crt', { VOLUME_MAP })).toBe('/tmp/x=1/tls.crt');
  expect(localFile('/etc/bb/tls.crt', { VOLUME_MAP })).toBe('/etc/bb/tls.crt');
});
