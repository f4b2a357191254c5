import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { UNANSWERED } from '#mesh/istiod/envoy/names.ts';
import { PlainCallers } from '#mesh/kubelet/proxy/plain-callers.ts';

const servers: Server[] = [];
const callers = new PlainCallers();

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  callers.close();
});

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(onSocket).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A caller of an Envoy that gives this answer and then hangs up. */
async function callerOf(answer: string): Promise<Socket> {
  const envoyPort = await listening((socket) => socket.once('data', () => socket.end(answer)));
  const port = await listening(() => undefined);
  const [free] = servers.splice(-1);
  free?.close();
  await once(free as Server, 'close');
  await callers.open(port, envoyPort);
  const caller = connect(port, '127.0.0.1');
  caller.write('GET / HTTP/1.1\r\nhost: web\r\n\r\n');
  return caller;
}

const failed = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n';

test('an answer in place of a pod that gave none is a reset', async () => {
  const caller = await callerOf(`${failed}${UNANSWERED}: UC\r\n\r\nno`);
  const [error] = (await once(caller, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test.each([
  ['a 503 of another reason', `${failed}\r\nno`],
  ['a 503 that speaks of the mark', `${failed}\r\n\r\n${UNANSWERED}: UC\r\n`],
  ['another answer', `HTTP/1.1 200 OK\r\n${UNANSWERED}: UC\r\ncontent-length: 2\r\n\r\nok`],
])('%s passes as it comes', async (_, answer) => {
  expect(await text(await callerOf(answer))).toBe(answer);
});
