import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeFrame, type Frame, FrameParser } from '../spdy/frames.ts';
import { HeaderCodec } from '../spdy/header-block.ts';

/** A client that says exactly which frames it sends, and keeps those that come. */
export class SpdyClient {
  readonly frames: Frame[] = [];
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #headers = new HeaderCodec();
  #changed = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = once(socket, 'close');
    const parser = new FrameParser();
    socket.on('data', (bytes) => {
      this.frames.push(...parser.feed(bytes));
      this.#wake();
    });
    socket.on('close', () => this.#wake());
    socket.on('error', () => {});
  }

  async open(streamId: number, headers: Record<string, string>, fin = false): Promise<void> {
    const block = await this.#headers.encode(new Map(Object.entries(headers)));
    this.send({ type: 'syn-stream', streamId, block, fin });
  }

  send(...frames: Exclude<Frame, { type: 'settings' }>[]): void {
    this.write(Buffer.concat(frames.map(encodeFrame)));
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until the frames so far are what is asked for, or no more can come. */
  async until(holds: (frames: readonly Frame[]) => boolean): Promise<void> {
    while (!holds(this.frames)) {
      if (this.#socket.destroyed)
        throw new Error(`the connection ended after ${JSON.stringify(this.frames)}`);
      await this.#changed.promise;
    }
  }

  /** What came on a stream so far. */
  received(streamId: number): Buffer {
    return Buffer.concat(
      this.frames.flatMap((frame) =>
        frame.type === 'data' && frame.streamId === streamId ? [frame.data] : [],
      ),
    );
  }

  finished(streamId: number): boolean {
    return this.frames.some((frame) => frame.type === 'data' && frame.streamId === streamId && frame.fin);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Sends the lines of an upgrade and resolves with the answer's head. */
export async function ask(
  port: number,
  path: string,
  headers: readonly string[],
  method: 'GET' | 'POST' = 'POST',
): Promise<{ head: string; socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(
    [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', ...headers, '', ''].join('\r\n'),
  );
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    await once(socket, 'readable');
    head += socket.read() ?? '';
  }
  return { head, socket };
}

export async function spdyClient(port: number, path: string, protocol: string): Promise<SpdyClient> {
  const { head, socket } = await ask(port, path, [
    'Upgrade: SPDY/3.1',
    `X-Stream-Protocol-Version: ${protocol}`,
  ]);
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head);
  return new SpdyClient(socket);
}
