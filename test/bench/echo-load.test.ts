import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { echoLoad } from '#test/bench/echo-load.ts';

async function serve(answer: (socket: Socket, piece: Buffer) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (piece) => answer(socket, piece));
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { target: { host: '127.0.0.1', port, seconds: 0.05 }, sockets };
}

it('counts lines that come back whole, one at a time on each connection', async () => {
  let lines = 0;
  const { target, sockets } = await serve((socket, piece) => {
    lines++;
    expect(piece.length).toBe(16);
    // In two pieces, the newline in the second.
    socket.write('one ');
    socket.write(piece);
  });
  const result = await echoLoad({ ...target, connections: 3, lineBytes: 16 });
  expect([result.lines, sockets.size]).toEqual([lines, 3]);
  expect(result.seconds).toBeGreaterThanOrEqual(0.05);
  expect(result.p50).toBeGreaterThan(0);
  expect(result.p99).toBeGreaterThanOrEqual(result.p50);
});

it.each([
  ['shorter than the line', (socket: Socket) => socket.write('x\n'), '2 bytes came back for a line of 16'],
  ['more than a line', (socket: Socket, piece: Buffer) => socket.write(`one ${piece}two`), '23 bytes'],
  ['the end', (socket: Socket) => socket.destroy(), /closed a connection|ECONNRESET/],
])('rejects when the answer is %s', async (_, answer, message) => {
  const { target } = await serve(answer);
  await expect(echoLoad({ ...target, connections: 1, lineBytes: 16 })).rejects.toThrow(message);
});
