import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseArguments } from '#services/tcp-echo/arguments.ts';
import { runTcpEcho } from '#services/tcp-echo/service.ts';

async function start(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const listening = Promise.withResolvers<readonly number[]>();
  const env = { HOST: '127.0.0.1', SHUTDOWN_DELAY: '0', SHUTDOWN_TIMEOUT: '5s' };
  const ended = runTcpEcho({ args, env, stdout, stderr, stop: stop.signal, listening: listening.resolve });
  stdout.resume();
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const [port = 0, ...more] = await listening.promise;
  return { port, ports: [port, ...more], stop: () => stop.abort(), ended };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function nextText(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

describe('tcp-echo', () => {
  test('answers each line with its prefix, on every port', async () => {
    const { ports } = await start('0', 'one');
    for (const port of ports) {
      const socket = await dial(port);
      socket.end('hello\r\n\nworld');
      // A client that has closed its side gets all of it, the last line without a newline too.
      expect(await text(socket)).toBe('one hello\r\none \none world');
    }
  });

  test('joins a line that comes in pieces', async () => {
    const { port } = await start('0', 'one');
    const socket = await dial(port);
    const answer = text(socket);
    socket.write('he');
    socket.write('llo\nwo');
    socket.end('rld\n');
    expect(await answer).toBe('one hello\none world\n');
  });

  test('passes a line of 64 MB without keeping it, and waits for a client that does not read', async () => {
    const { port } = await start('0', 'one');
    const socket = await dial(port);
    const piece = Buffer.alloc(1 << 20, 'x');
    let taken = true;
    let written = 0;
    while (taken && written < 64) {
      taken = socket.write(piece);
      written++;
    }
    for (; written < 64; written++) socket.write(piece);
    socket.end('\n');
    // Nothing was read until here: what the server took in is what it and the system have room for.
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(32 << 20);
    let received = 0;
    for await (const chunk of socket) received += chunk.length;
    expect(received).toBe('one '.length + (64 << 20) + 1);
  });

  test('drains: no new connections, a resting one is closed, and what is under way is answered', async () => {
    const { port, stop, ended } = await start('0', 'one');
    const [resting, within] = [await dial(port), await dial(port)];
    resting.write('done\n');
    within.write('not yet');
    expect([await nextText(resting), await nextText(within)]).toEqual(['one done\n', 'one not yet']);
    stop();
    await once(resting, 'end');
    resting.end();
    within.end(' but now\n');
    expect(await text(within)).toBe(' but now\n');
    expect(await ended).toBe(0);
    const late = connect({ port, host: '127.0.0.1' });
    const [error] = await once(late, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('ends with 2 for arguments and 78 for variables that it cannot use', async () => {
    const run = async (args: string[], env = {}) => {
      const stderr = new PassThrough();
      const process = { args, env, stdout: new PassThrough(), stderr, stop: new AbortController().signal };
      return [await runTcpEcho(process), String(stderr.read())];
    };
    expect(await run(['http', 'one'])).toEqual([
      2,
      expect.stringMatching(/^tcp-echo cannot start with http one: .*\n$/),
    ]);
    expect(await run([], { LOG_LEVEL: 'loud' })).toEqual([78, expect.stringContaining('LOG_LEVEL="loud"')]);
  });
});

test('arguments', () => {
  expect(parseArguments(['9000,9001,9002', 'one'], undefined)).toEqual({
    ports: [9000, 9001, 9002],
    prefix: 'one',
  });
  expect(parseArguments([], undefined)).toEqual({ ports: [9000], prefix: 'hello' });
  expect(parseArguments([], 0)).toEqual({ ports: [0], prefix: 'hello' });
  for (const wrong of [
    ['70000', 'x'],
    ['9000,', 'x'],
    ['9000', 'a\nb'],
    ['1', '2', '3'],
  ])
    expect(parseArguments(wrong, undefined)).toBeUndefined();
});
