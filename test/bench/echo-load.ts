import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

export interface EchoLoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** With the newline. */
  readonly lineBytes: number;
  readonly seconds: number;
}

export interface EchoLoadResult {
  /** Lines that were answered. */
  readonly lines: number;
  readonly seconds: number;
  /** From before the first byte was sent until the last one had come, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

interface Turn {
  readonly line: Buffer;
  readonly until: number;
  readonly record: (milliseconds: number) => void;
}

const NEWLINE = 0x0a;

/**
 * Sends lines over some connections to a server that answers each with a word and the line, on each connection the next when
 * the last has come back whole. Rejects when an answer is not that, or a connection ends.
 */
export async function echoLoad(options: EchoLoadOptions): Promise<EchoLoadResult> {
  const { host, port, connections, lineBytes, seconds } = options;
  const histogram = createHistogram({ lowest: 1, highest: 60_000_000_000, figures: 3 });
  const sockets = Array.from({ length: connections }, () => connect({ host, port, noDelay: true }));
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const startedAt = performance.now();
    const turn: Turn = {
      line: Buffer.alloc(lineBytes, 'x').fill('\n', lineBytes - 1),
      until: startedAt + seconds * 1000,
      record: (milliseconds) => histogram.record(Math.max(1, Math.round(milliseconds * 1e6))),
    };
    await Promise.all(sockets.map((socket) => exchange(socket, turn)));
    return {
      lines: histogram.count,
      seconds: (performance.now() - startedAt) / 1000,
      p50: histogram.percentile(50) / 1e6,
      p99: histogram.percentile(99) / 1e6,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** One connection's lines until the time is over. */
function exchange(socket: Socket, { line, until, record }: Turn): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let [sentAt, received] = [0, 0];
  const send = () => {
    [sentAt, received] = [performance.now(), 0];
    socket.write(line);
  };
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the server closed a connection')));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    const newline = chunk.indexOf(NEWLINE);
    if (newline < 0) return;
    if (newline !== chunk.length - 1 || received <= line.length)
      return reject(new Error(`${received} bytes came back for a line of ${line.length}`));
    const now = performance.now();
    record(now - sentAt);
    if (now < until) send();
    else resolve();
  });
  send();
  return promise;
}
