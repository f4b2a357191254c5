import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MongoClient } from 'mongodb';
import protobuf from 'protobufjs/minimal.js';
import { expect, onTestFinished, test } from 'vitest';
import { framed } from '#platform/grpc/messages.ts';
import { play } from '#services/stand-in/testing.ts';

test('http-echo says its text, with the status that it is given', async () => {
  const { origin } = await play({ role: 'http-echo', args: ['-text="hello there"', '-status-code=404'] });
  const answer = await fetch(`${origin}/any`);
  expect([answer.status, await answer.text()]).toEqual([404, 'hello there\n']);
  expect(await (await fetch(`${origin}/health`)).json()).toEqual({ status: 'ok' });
});

test('podinfo answers where its walkthroughs look, by its flags and variables', async () => {
  const { origin } = await play({
    role: 'podinfo',
    env: { PODINFO_UI_COLOR: '#ff0000', HOSTNAME: 'podinfo-1' },
    args: ['--ui-message=hi'],
  });
  const get = async (path: string) => (await fetch(`${origin}${path}`)).json();
  expect(await get('/')).toMatchObject({ hostname: 'podinfo-1', color: '#ff0000', message: 'hi' });
  expect(await get('/healthz')).toEqual({ status: 'OK' });
  expect((await fetch(`${origin}/status/503`)).status).toBe(503);
  expect(await (await fetch(`${origin}/echo`, { method: 'POST', body: 'again' })).text()).toBe('again');
  await fetch(`${origin}/readyz/disable`, { method: 'POST' });
  expect((await fetch(`${origin}/readyz`)).status).toBe(503);
});

test('podinfo is of the version that its image names, and its echo asks the backends that it is told of', async () => {
  const backend = await play({ role: 'podinfo', image: 'stefanprodan/podinfo:6.1.1' });
  const urls = ['--backend-url', `${backend.origin}/echo`, `--backend-url=${backend.origin}/api/echo`];
  const { origin } = await play({ role: 'podinfo', image: 'mirror:5000/podinfo:v6.9.2', args: urls });
  expect(await (await fetch(`${origin}/version`)).json()).toMatchObject({ version: '6.9.2' });
  const echo = async (to: string) =>
    (await fetch(`${to}/api/echo`, { method: 'POST', body: 'again' })).json();
  expect(await echo(origin)).toEqual(['again', 'again']);
  await backend.end('SIGKILL');
  expect(await echo(origin)).toEqual({ code: 502, message: 'backend error' });
});

test('podinfo without a cache says so, and with one that is not there', async () => {
  const none = await play({ role: 'podinfo' });
  expect((await fetch(`${none.origin}/cache/key`)).status).toBe(400);
  const lost = await play({ role: 'podinfo', args: ['--cache-server=tcp://127.0.0.1:1'] });
  expect((await fetch(`${lost.origin}/cache/key`)).status).toBe(500);
  await expect.poll(lost.log).toContain('the cache 127.0.0.1:1: connect ECONNREFUSED');
});

test('podinfo that panics ends with 255, and no other part with it', async () => {
  const other = await play({ role: 'podinfo' });
  const { origin, ended } = await play({ role: 'podinfo' });
  await expect(fetch(`${origin}/panic`)).rejects.toThrow();
  expect(await ended).toMatchObject({ code: 255 });
  expect((await fetch(`${other.origin}/healthz`)).status).toBe(200);
});

test("mongodb holds the ratings of bookinfo's image, and says what it does not know", async () => {
  const { port, log } = await play({ role: 'mongodb', protocol: 'tcp' });
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/test`, { directConnection: true });
  onTestFinished(() => client.close());
  const ratings = client.db().collection<{ rating: number }>('ratings');
  expect((await ratings.find().toArray()).map(({ rating }) => rating)).toEqual([5, 4]);
  expect(await ratings.findOne({ rating: 4 })).toMatchObject({ rating: 4 });
  expect(await client.db('other').collection('ratings').find().toArray()).toEqual([]);
  await expect(ratings.insertOne({ rating: 1 })).rejects.toThrow("no such command: 'insert'");
  await expect.poll(log).toContain('find test.ratings\n');
});

test('mongodb closes a connection that does not speak its language', async () => {
  const { port } = await play({ role: 'mongodb', protocol: 'tcp' });
  const socket = dial(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: mongodb\r\n\r\n');
  await once(socket.resume(), 'close');
});

test('fake-service calls its upstreams and fails by its error rate', async () => {
  const behind = await play({ role: 'fake-service', env: { NAME: 'db', MESSAGE: 'rows' } });
  const urls = `${behind.origin},grpc://127.0.0.1:${behind.port}`;
  const { origin } = await play({
    role: 'fake-service',
    env: { NAME: 'web', UPSTREAM_URIS: urls, ERROR_RATE: '0.5', ERROR_CODE: '503' },
  });
  const first = await fetch(origin);
  const { upstream_calls: calls, ...own } = (await first.json()) as {
    upstream_calls: Record<string, object>;
  };
  expect(own).toMatchObject({ name: 'web', body: 'Hello World', code: 200, type: 'HTTP' });
  expect(Object.values(calls)).toMatchObject([
    { name: 'db', body: 'rows', code: 200 },
    { name: 'db', body: 'rows', type: 'gRPC', code: 0 },
  ]);
  expect((await fetch(origin)).status).toBe(503);
});

test('ext-authz allows by its header, and says what it decided', async () => {
  const { origin } = await play({ role: 'ext-authz' });
  const allowed = await fetch(origin, { headers: { 'x-ext-authz': 'allow' } });
  expect([allowed.status, allowed.headers.get('x-ext-authz-check-result')]).toEqual([200, 'allowed']);
  const denied = await fetch(origin);
  expect([denied.status, denied.headers.get('x-ext-authz-check-result')]).toEqual([403, 'denied']);
  expect(await denied.text()).toBe(
    'denied by ext_authz for not found header `x-ext-authz: allow` in the request',
  );
});

/** CheckRequest: attributes (1).request (4).http (2).headers (3) of one entry; source (1).principal (4). */
function checkRequest(value: string, principal: string): Uint8Array {
  const writer = protobuf.Writer.create().uint32(10).fork();
  writer.uint32(10).fork().uint32(34).string(principal).ldelim();
  writer.uint32(34).fork().uint32(18).fork().uint32(26).fork();
  return writer
    .uint32(10)
    .string('x-ext-authz')
    .uint32(18)
    .string(value)
    .ldelim()
    .ldelim()
    .ldelim()
    .ldelim()
    .finish();
}

test.each([
  ['allow', 'spiffe://cluster.local/ns/x/sa/b', 'allowed'],
  ['deny', 'spiffe://cluster.local/ns/x/sa/a', 'allowed'],
  ['deny', 'spiffe://cluster.local/ns/x/sa/b', 'denied'],
])('ext-authz over gRPC: %s from %s is %s', async (value, principal, result) => {
  const { origin } = await play({ role: 'ext-authz', protocol: 'grpc' });
  const session = connect(origin);
  const path = '/envoy.service.auth.v3.Authorization/Check';
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  stream.end(framed(checkRequest(value, principal)));
  const answer = String(await buffer(stream));
  session.close();
  expect(answer).toContain(result);
  expect(answer.includes('denied by ext_authz')).toBe(result === 'denied');
});

test('nginx shows its welcome page, or what the pod mounts, and nothing above it', async () => {
  const { origin } = await play({ role: 'nginx' });
  expect(await (await fetch(origin)).text()).toContain('<title>Welcome to nginx!</title>');
  expect((await fetch(`${origin}/none`)).status).toBe(404);
  const folder = mkdtempSync(join(tmpdir(), 'mesh101-html-'));
  writeFileSync(join(folder, 'index.html'), 'mine');
  const mounted = await play({ role: 'nginx', env: { VOLUME_MAP: `/usr/share/nginx/html=${folder}` } });
  expect(await (await fetch(mounted.origin)).text()).toBe('mine');
  expect((await fetch(`${mounted.origin}/%2e%2e/%2e%2e/etc/passwd`)).status).toBe(404);
  const html = '/usr/share/nginx/html';
  const empty = mkdtempSync(join(tmpdir(), 'mesh101-empty-'));
  const scratch = await play({ role: 'nginx', env: { VOLUME_MAP: `${html}=${empty}` } });
  expect((await fetch(scratch.origin)).status).toBe(403);
  writeFileSync(join(folder, 'dot.png'), Buffer.from('89504e47', 'hex'));
  const one = await play({ role: 'nginx', env: { VOLUME_MAP: `${html}/a/dot.png=${folder}/dot.png` } });
  const picture = await fetch(`${one.origin}/a/dot.png`);
  expect(Buffer.from(await picture.arrayBuffer()).toString('hex')).toBe('89504e47');
  expect(await (await fetch(one.origin)).text()).toContain('Welcome to nginx!');
});
