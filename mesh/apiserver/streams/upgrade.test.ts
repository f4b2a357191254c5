import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type FakeApiServer, fakeApiServer } from './testing/fake-api-server.ts';
import { ask, spdyClient } from './testing/spdy-client.ts';

const EXEC = '/api/v1/namespaces/default/pods/p/exec?stdin=true&stdout=true&command=cat';
const FORWARD = '/api/v1/namespaces/default/pods/p/portforward';
const WEBSOCKET = [
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

let server: FakeApiServer;
const aborted: Promise<unknown>[] = [];

beforeAll(async () => {
  server = await fakeApiServer(
    {
      exec: {
        run: async ({ stdin, stdout, signal }) => {
          // A client that is quick to break the rules is cut off before its program starts.
          aborted.push(signal.aborted ? Promise.resolve() : once(signal, 'abort'));
          if (stdin === undefined || stdout === undefined) return 1;
          for await (const piece of stdin) stdout.write(piece);
          return 0;
        },
      },
      portforward: { connect: async () => new PassThrough() },
    },
    { tls: false },
  );
});
afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe('a request that cannot be upgraded', () => {
  it.each([
    [
      'a protocol that is no stream',
      EXEC,
      ['Upgrade: h2c'],
      400,
      'only SPDY/3.1 and websocket are served, not h2c',
    ],
    ['SPDY without a version', EXEC, ['Upgrade: SPDY/3.1'], 400, 'X-Stream-Protocol-Version is required'],
    [
      'SPDY with an unknown version',
      EXEC,
      ['Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v9.channel.k8s.io'],
      403,
      'client supports [v9.channel.k8s.io], server accepts [v5.channel.k8s.io v4.channel.k8s.io',
    ],
    [
      'a WebSocket with an unknown protocol',
      EXEC,
      [...WEBSOCKET.map((line) => line), 'Sec-WebSocket-Protocol: v9.channel.k8s.io'],
      403,
      'unable to negotiate protocol: client supports [v9.channel.k8s.io]',
    ],
    [
      'a WebSocket without a key',
      EXEC,
      ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      400,
      'unable to upgrade',
    ],
    [
      'no stream at all',
      '/api/v1/namespaces/default/pods/p/exec?command=a',
      WEBSOCKET,
      400,
      'at least 1 of stdin',
    ],
    ['a forward without ports', FORWARD, WEBSOCKET, 400, 'query parameter "ports" is required'],
    ['a forward to no port', `${FORWARD}?ports=99999`, WEBSOCKET, 400, 'unable to parse "99999" as a port'],
    ['a pod that is not there', '/api/v1/namespaces/default/pods/p/log', WEBSOCKET, 404, 'no log here'],
  ])('for %s is answered with a Status', async (_, path, headers, code, message) => {
    const method = headers.includes('Upgrade: websocket') ? 'GET' : 'POST';
    const { head, socket } = await ask(server.port, path, headers, method);
    const body = head.slice(head.indexOf('\r\n\r\n') + 4) + (await text(socket));
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${code} `));
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', status: 'Failure', code });
    expect(JSON.parse(body).message).toContain(message);
  });

  it('because it does not ask to be is told so', async () => {
    const response = await fetch(`${server.url}${EXEC}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { message: 'Upgrade request required' },
    ]);
  });
});

async function stillServes() {
  const websocket = new WebSocket(`ws://127.0.0.1:${server.port}${EXEC}`, 'v5.channel.k8s.io');
  const messages: string[] = [];
  websocket.on('message', (data: Buffer) => messages.push(data.toString('latin1')));
  await once(websocket, 'open');
  websocket.send(Buffer.from('\0hello'));
  websocket.send(Buffer.of(255, 0));
  await once(websocket, 'close');
  expect(messages.slice(0, 2)).toEqual(['\x01', '\x01hello']);
  expect(messages[2]).toContain('"status":"Success"');
}

describe('a client that breaks the rules is cut off, and others go on:', () => {
  it.each([
    ['unmasked frames', Buffer.from('820568656c6c6f', 'hex')],
    ['oversized frames', Buffer.from('82ff0000000040000000aaaaaaaa', 'hex')],
    ['garbage', Buffer.from('fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0', 'hex')],
  ])('%s in a WebSocket', async (_, bytes) => {
    const { head, socket } = await ask(
      server.port,
      EXEC,
      [...WEBSOCKET, 'Sec-WebSocket-Protocol: v4.channel.k8s.io'],
      'GET',
    );
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    socket.write(bytes);
    await once(
      socket.on('data', () => {}),
      'close',
    );
    await aborted.at(-1);
    await stillServes();
  });

  it.each([
    ['garbage', Buffer.from('fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0', 'hex')],
    ['oversized frames', Buffer.from('8003000100ffffff', 'hex')],
  ])('%s in SPDY', async (_, bytes) => {
    const client = await spdyClient(server.port, EXEC, 'v4.channel.k8s.io');
    for (const [index, streamtype] of ['error', 'stdin', 'stdout'].entries())
      await client.open(index * 2 + 1, { streamtype });
    await client.until((frames) => frames.length === 3);
    client.write(bytes);
    await client.closed;
    await aborted.at(-1);
    await stillServes();
  });
});

/** A masked frame, as clients send them, whose mask changes nothing. */
function frame(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([Buffer.of(0x82, 0x80 + data.length, 0, 0, 0, 0), data]);
}

it.each([
  ['exec', EXEC, '\x01hello'],
  ['portforward', `${FORWARD}?ports=80`, '\0hello'],
])('what a client sends together with its request for %s arrives', async (_, path, echoed) => {
  const socket = connect(server.port, '127.0.0.1');
  const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', ...WEBSOCKET];
  const request = `${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(request), frame('\0hello')]));
  let answer = '';
  for await (const piece of socket) {
    answer += String(piece);
    if (answer.includes(echoed)) break;
  }
  expect(answer).toContain(echoed);
});

describe('the older protocols', () => {
  it('in base64 carry text', async () => {
    const websocket = new WebSocket(`ws://127.0.0.1:${server.port}${EXEC}`, 'base64.channel.k8s.io');
    const messages: string[] = [];
    websocket.on('message', (data: Buffer) => {
      messages.push(data.toString());
      if (messages.length === 2) websocket.close();
    });
    await once(websocket, 'open');
    websocket.send(`0${Buffer.from('hello').toString('base64')}`);
    await once(websocket, 'close');
    expect(messages.slice(0, 2)).toEqual(['1', `1${Buffer.from('hello').toString('base64')}`]);
  });
});
