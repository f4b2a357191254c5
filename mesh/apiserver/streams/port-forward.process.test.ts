import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { dial } from './port-forward.ts';
import { type FakeApiServer, fakeApiServer } from './testing/fake-api-server.ts';
import { kubectlProgram, startKubectl } from './testing/kubectl.ts';

const SOCKET_PORT = 15_000;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const bytes = (seed: number, length: number) =>
  Buffer.alloc(length, createHash('sha512').update(`${seed}`).digest());

let server: FakeApiServer;
let folder: string;
const servers: Server[] = [];

async function listen(target: number | string, accept: (socket: Socket) => unknown): Promise<number> {
  const listener = createServer({ allowHalfOpen: true }, accept);
  servers.push(listener);
  if (typeof target === 'string') listener.listen(target);
  else listener.listen(target, '127.0.0.1');
  await once(listener, 'listening');
  return typeof target === 'string' ? 0 : (listener.address() as AddressInfo).port;
}

/** Answers with the digest of what came, once all of it came: only a half-closed connection gets an answer. */
async function digest(socket: Socket) {
  socket.end(sha256(await buffer(socket)));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forward-'));
  await listen(join(folder, 'admin'), (socket) => socket.resume().end('from the Unix socket'));
  server = await fakeApiServer(
    {
      portforward: {
        connect: (port) =>
          dial(port === SOCKET_PORT ? { path: join(folder, 'admin') } : { port, host: '127.0.0.1' }),
      },
    },
    { tls: true },
  );
});
afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server[Symbol.asyncDispose]();
  for (const each of servers) each.close();
  await rm(folder, { recursive: true });
});

describe.each([
  { websockets: true, protocol: 'SPDY/3.1+portforward.k8s.io' },
  { websockets: false, protocol: 'SPDY/3.1' },
])('kubectl port-forward over $protocol', needs(kubectlProgram), ({ websockets, protocol }) => {
  /** Forwards to the port until the disposal. */
  async function forward(target: number) {
    const { child } = startKubectl({ url: server.url, websockets }, 'port-forward', 'p', `:${target}`);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let out = '';
    child.stdout.on('data', (piece) => {
      out += piece;
      const port = /127\.0\.0\.1:(\d+)/.exec(out)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    const err = text(child.stderr);
    err.then((message) => reject(new Error(message)));
    const port = await promise;
    const close = async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    };
    return { port, err, [Symbol.asyncDispose]: close };
  }
  const dialled = (port: number) => connect({ port, host: '127.0.0.1', allowHalfOpen: true });

  it('carries 50 connections at once, and half-closed ones', async () => {
    await using forwarded = await forward(await listen(0, digest));
    const answers = Array.from({ length: 50 }, async (_, index) => {
      const body = bytes(index, 200_000 + index * 10_000);
      const socket = dialled(forwarded.port);
      socket.end(body);
      return (await text(socket)) === sha256(body);
    });
    expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(50);
    expect(server.upgrades.at(-1)).toBe(`${protocol} portforward`);
  });

  it('carries 50 MB out of the pod to a reader that is slow, while another connection goes on', async () => {
    const large = bytes(1, 50_000_000);
    const target = await listen(0, (socket) =>
      socket.once('data', (first) => socket.end(`${first}` === 'a' ? large : 'b')),
    );
    await using forwarded = await forward(target);
    const [slow, quick] = [dialled(forwarded.port), dialled(forwarded.port)];
    slow.end('a');
    await once(slow, 'readable');
    quick.end('b');
    expect(await text(quick)).toBe('b');
    expect(sha256(await buffer(slow))).toBe(sha256(large));
  });

  it('reaches a Unix socket', async () => {
    await using forwarded = await forward(SOCKET_PORT);
    expect(await text(dialled(forwarded.port))).toBe('from the Unix socket');
  });

  it('says that the port refuses', async () => {
    const unused = await listen(0, () => {});
    servers.pop()?.close();
    await using forwarded = await forward(unused);
    const socket = connect({ port: forwarded.port, host: '127.0.0.1' }).on('error', () => {});
    await once(socket.resume(), 'close');
    await forwarded[Symbol.asyncDispose]();
    expect(await forwarded.err).toContain(`dial tcp4 127.0.0.1:${unused}: connect: connection refused`);
  });
});

describe('@kubernetes/client-node', () => {
  async function forward(port: number, input: Readable) {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'c', server: server.url, skipTLSVerify: true }, { name: 'u' });
    const [output, error] = [new PassThrough(), new PassThrough()];
    const websocket = await new PortForward(config).portForward('default', 'p', [port], output, error, input);
    const closed = new Promise((resolve) => Object.assign(websocket, { onclose: resolve }));
    closed.then(() => [output, error].forEach((stream) => void stream.end()));
    const [out, err] = await Promise.all([text(output), text(error)]);
    return { out, err };
  }

  it('forwards a connection until the pod ends it', async () => {
    const port = await listen(0, (socket) => socket.once('data', (piece) => socket.end(`got ${piece}`)));
    // It must not end: that library closes the whole connection with its input.
    const input = new PassThrough();
    input.write('hello');
    expect(await forward(port, input)).toEqual({ out: 'got hello', err: '' });
  });

  it('hears that the port refuses', async () => {
    const port = await listen(0, () => {});
    servers.pop()?.close();
    const { err } = await forward(port, new PassThrough());
    expect(err).toContain('connection refused');
  });
});
