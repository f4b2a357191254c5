import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

const CLOSE = 255;

/**
 * The channels of Kubernetes' WebSocket protocols, on a connection that has waited for them: the first byte of each message says where it
 * belongs. In the base64 forms it is a digit, and the rest is base64 text.
 */
export class Channels {
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  readonly #websocket: WebSocket;
  readonly #base64: boolean;
  readonly #closesChannels: boolean;
  readonly #readers = new Map<number, Readable>();

  constructor(websocket: WebSocket, protocol: string) {
    this.#websocket = websocket;
    this.#base64 = protocol.includes('base64');
    this.#closesChannels = protocol === 'v5.channel.k8s.io';
    const gone = new AbortController();
    this.gone = gone.signal;
    websocket.on('message', (message) => this.#receive(bytesOf(message)));
    websocket.once('close', () => {
      for (const reader of this.#readers.values()) reader.push(null);
      gone.abort();
    });
    websocket.resume();
  }

  /**
   * What the client sends on a channel; what came for it before is lost, so ask at once. While nobody reads it, the whole connection
   * waits.
   */
  reader(channel: number): Readable {
    const reader = new Readable({ read: () => this.#websocket.resume() });
    this.#readers.set(channel, reader);
    return reader;
  }

  /** Its writes are done when the socket has taken them. */
  writer(channel: number): Writable {
    const writer = new Writable({
      write: (chunk, _encoding, done) => this.send(channel, chunk).then(() => done(), done),
    });
    // A connection that breaks is reported by `gone`.
    return writer.on('error', () => {});
  }

  send(channel: number, data: Buffer): Promise<void> {
    const message = this.#base64
      ? `${channel}${data.toString('base64')}`
      : Buffer.concat([Buffer.of(channel), data]);
    return new Promise((resolve, reject) =>
      this.#websocket.send(message, (error) => (error ? reject(error) : resolve())),
    );
  }

  /** A normal end. Resolves when the client has answered it or is gone. */
  async close(): Promise<void> {
    if (this.gone.aborted) return;
    const closed = new Promise((resolve) => this.gone.addEventListener('abort', resolve, { once: true }));
    this.#websocket.resume();
    this.#websocket.close(1000);
    await closed;
  }

  #receive(message: Buffer): void {
    const [first] = message;
    if (first === undefined) return;
    // Version 5: the client closed the channel that the second byte names.
    if (first === CLOSE && this.#closesChannels) {
      const closed = message[1];
      if (closed !== undefined) this.end(closed);
      return;
    }
    const channel = this.#base64 ? first - 0x30 : first;
    const data = this.#base64 ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1);
    const reader = this.#readers.get(channel);
    if (data.length > 0 && reader?.push(data) === false) this.#websocket.pause();
  }

  /** Nothing more comes on this channel. */
  end(channel: number): void {
    this.#readers.get(channel)?.push(null);
    this.#readers.delete(channel);
  }
}

function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}
