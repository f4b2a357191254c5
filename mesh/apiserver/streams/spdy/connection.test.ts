import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { SpdyClient } from '../testing/spdy-client.ts';
import { SpdyConnection } from './connection.ts';
import type { SpdyStream } from './stream.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function pair(onStream: (stream: SpdyStream) => void, options = {}) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1' });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const connection = new SpdyConnection(accepted, onStream, options);
  cleanups.push(
    () => socket.destroy(),
    () => connection.closed,
    () => server.close(),
  );
  return { client: new SpdyClient(socket), connection };
}

const echo = (stream: SpdyStream) => stream.pipe(stream);
const data = (streamId: number, bytes: Buffer | string, fin = false) =>
  ({ type: 'data', streamId, data: Buffer.from(bytes), fin }) as const;

it('answers pings, and opens streams with a reply', async () => {
  const { client } = await pair(echo);
  client.send({ type: 'ping', id: 1 });
  await client.open(1, { streamtype: 'data' });
  await client.until((frames) => frames.length === 2);
  expect(client.frames).toMatchObject([
    { type: 'ping', id: 1 },
    { type: 'syn-reply', streamId: 1 },
  ]);
});

it('half-closes: a stream goes on in one direction when the other has ended', async () => {
  const { client } = await pair((stream) => {
    stream.resume().once('end', () => stream.end('after your end'));
  });
  await client.open(1, {}, false);
  client.send(data(1, 'before', true));
  await client.until(() => client.finished(1));
  expect(client.received(1).toString()).toBe('after your end');
});

it('grants what was read, to the stream and to the connection', async () => {
  const { client } = await pair(echo);
  await client.open(1, {});
  client.send(data(1, Buffer.alloc(1_000)));
  await client.until((frames) => frames.filter(({ type }) => type === 'window-update').length === 2);
  expect(client.frames.filter(({ type }) => type === 'window-update')).toEqual([
    { type: 'window-update', streamId: 1, delta: 1_000 },
    { type: 'window-update', streamId: 0, delta: 1_000 },
  ]);
});

it('keeps to the window of a peer that has one', async () => {
  const { client } = await pair((stream) => void stream.resume().end(Buffer.alloc(100_000)));
  // The connection has a window from here on; the stream, to which nothing is granted, has none.
  client.send({ type: 'window-update', streamId: 0, delta: 1 });
  await client.open(1, {});
  await client.until(() => client.received(1).length === 65_537);
  client.send({ type: 'ping', id: 1 });
  await client.until((frames) => frames.some(({ type }) => type === 'ping'));
  expect(client.received(1)).toHaveLength(65_537);
  client.send({ type: 'window-update', streamId: 0, delta: 40_000 });
  await client.until(() => client.finished(1));
  expect(client.received(1)).toHaveLength(100_000);
});

it('sends on to a peer that grants nothing, as Go clients do', async () => {
  const { client } = await pair((stream) => void stream.resume().end(Buffer.alloc(1_000_000)));
  await client.open(1, {});
  await client.until(() => client.finished(1));
  expect(client.received(1)).toHaveLength(1_000_000);
});

it('does not read on when a stream is not read', async () => {
  const streams: SpdyStream[] = [];
  const { client } = await pair((stream) => streams.push(stream));
  await client.open(1, {});
  client.send(data(1, Buffer.alloc(10_000_000), true), { type: 'ping', id: 1 });
  await client.until((frames) => frames.length > 0);
  const [stream] = streams;
  await expect.poll(() => stream?.readableLength).toBeGreaterThan(256 * 1024);
  expect(stream?.readableLength).toBeLessThan(1024 * 1024);
  expect(client.frames.filter(({ type }) => type === 'ping')).toEqual([]);
  let length = 0;
  stream?.on('data', (piece: Buffer) => {
    length += piece.length;
  });
  await client.until((frames) => frames.some(({ type }) => type === 'ping'));
  expect(length).toBe(10_000_000);
});

it('notices that a client is gone from which nothing is read', async () => {
  const streams: SpdyStream[] = [];
  const { client, connection } = await pair((stream) => streams.push(stream), { pingEvery: 10 });
  await client.open(1, {});
  client.send(data(1, Buffer.alloc(10_000_000)));
  await expect.poll(() => streams[0]?.readableLength).toBeGreaterThan(256 * 1024);
  client.destroy();
  await connection.closed;
  expect(streams[0]?.destroyed).toBe(true);
});

it('ends a stream that is reset, and tells of one that it gives up', async () => {
  const streams: SpdyStream[] = [];
  const { client } = await pair((stream) => streams.push(stream));
  await client.open(1, {});
  await client.open(3, {});
  client.send({ type: 'rst-stream', streamId: 1, status: 5 });
  await client.until((frames) => frames.length === 2);
  await expect.poll(() => streams[0]?.destroyed).toBe(true);
  streams[1]?.destroy();
  await client.until((frames) => frames.length === 3);
  expect(client.frames[2]).toEqual({ type: 'rst-stream', streamId: 3, status: 5 });
});

it('says goodbye after what it had to say', async () => {
  const { client, connection } = await pair((stream) => {
    stream.resume().end('bye', () => connection.close());
  });
  await client.open(1, {});
  await client.closed;
  expect(client.received(1).toString()).toBe('bye');
  expect(client.frames.at(-1)).toEqual({ type: 'goaway', lastStreamId: 1, status: 0 });
});

it.each([
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['random bytes', Buffer.from('fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0', 'hex')],
  [
    'a header block that is not compressed',
    Buffer.from('80030001000000140000000100000000000061616161616161616161', 'hex'),
  ],
  ['data for a stream that was never opened', Buffer.from('000000010000000161', 'hex')],
])('ends with GOAWAY on %s', async (_, bytes) => {
  const { client, connection } = await pair(echo);
  client.write(bytes);
  await Promise.all([client.closed, connection.closed]);
  expect(client.frames.at(-1)).toEqual({ type: 'goaway', lastStreamId: 0, status: 1 });
});

it('refuses a stream whose id is not a new one', async () => {
  const { client } = await pair(echo);
  await client.open(3, {});
  await client.open(3, {});
  await client.closed;
  expect(client.frames.at(-1)).toMatchObject({ type: 'goaway', status: 1 });
});
