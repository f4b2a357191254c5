import { expect, onTestFinished, test } from 'vitest';
import { runClient } from '#services/echo-advanced/client.ts';
import { startEchoAdvanced } from '#services/echo-advanced/server.ts';

async function start() {
  const echo = await startEchoAdvanced({
    args: ['--tcp=9090', '--port=8080', '--grpc=7070', '--port=8443', '--tls=8443', '--crt=/cert.crt'],
    hostname: 'echo-v1-abc',
    ports: new Map(),
    log: () => {},
  });
  onTestFinished(() => echo.close());
  return echo.ports;
}

async function client(args: readonly string[], env = {}) {
  const texts = { out: '', err: '' };
  const stdout = { write: (text: string) => (texts.out += text) };
  const stderr = { write: (text: string) => (texts.err += text) };
  return { code: await runClient(args, { env, stdout, stderr }), ...texts };
}

test('opens a port for each argument, but for those that are to speak TLS', async () => {
  expect([...(await start()).keys()].sort((a, b) => a - b)).toEqual([7070, 8080, 9090]);
});

test('the client says what was answered', async () => {
  const port = (await start()).get(8080);
  const { code, out } = await client([`http://127.0.0.1:${port}/x`, '--method=PUT', '-H', 'Color: blue']);
  expect(code).toBe(0);
  expect(out).toContain('[0] StatusCode=200\n');
  for (const line of ['Method=PUT', 'URL=/x', 'RequestHeader=Color:blue', 'Hostname=echo-v1-abc'])
    expect(out).toContain(`[0 body] ${line}\n`);
});

test('the client goes by the proxy that the sidecar is', async () => {
  const port = (await start()).get(8080);
  const { out } = await client(['http://echo.shop:81/y'], { HTTP_PROXY: `http://127.0.0.1:${port}` });
  expect(out).toContain('[0 body] Host=echo.shop:81\n');
  expect(out).toContain('[0 body] URL=http://echo.shop:81/y\n');
});

test('the client speaks gRPC, several times when asked to', async () => {
  const port = (await start()).get(7070);
  const { code, out } = await client([`grpc://127.0.0.1:${port}`, '--count', '2']);
  expect(code).toBe(0);
  expect(out.match(/\[\d\] StatusCode=200/g)).toEqual(['[0] StatusCode=200', '[1] StatusCode=200']);
  expect(out).toContain('[1 body] Hostname=echo-v1-abc\n');
});

test('the client says how it is used, and when nobody answers', async () => {
  expect(await client(['ftp://x'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('usage: client URL'),
  });
  expect(await client(['http://127.0.0.1:1/'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('ECONNREFUSED'),
  });
});
