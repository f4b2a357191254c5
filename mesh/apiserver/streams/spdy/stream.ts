import { Duplex } from 'node:stream';
import type { HeaderBlock } from '#mesh/apiserver/streams/spdy/header-block.ts';

/** How much of a stream is kept for a slow reader. Beyond that, the connection is no longer read. */
const MOST_UNREAD = 256 * 1024;

/** What a stream asks of its connection. */
export interface StreamLink {
  window: SendWindow;
  /** Sends the bytes in frames; resolves when the transport has taken them. */
  send(data: Buffer): Promise<void>;
  finish(): Promise<void>;
  /** The stream ended before its time. */
  reset(): void;
  /** The stream is over, in whichever way. */
  forget(): void;
}

/** One stream of a connection: readable until the peer's FIN, writable until ours, each without the other. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: HeaderBlock;
  readonly #link: StreamLink;
  #room: (() => void) | undefined;
  #received = false;
  #sent = false;
  #reset = false;

  constructor(id: number, headers: HeaderBlock, link: StreamLink) {
    super({ readableHighWaterMark: MOST_UNREAD, allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#link = link;
    // A stream that breaks does so because its connection did, which says so itself.
    this.on('error', () => {});
  }

  get window(): SendWindow {
    return this.#link.window;
  }

  /** Resolves when the reader is ready for more. */
  async receive(data: Buffer): Promise<void> {
    if (this.destroyed || this.#received || this.push(data)) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  receiveEnd(): void {
    if (this.#received || this.destroyed) return;
    this.#received = true;
    this.push(null);
  }

  /** The peer gave up the stream, or the connection is gone: there is nobody to tell. */
  abandon(): void {
    this.#reset = true;
    this.destroy();
  }

  override _read(): void {
    this.#room?.();
    this.#room = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#link.send(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sent = true;
    this.#link.finish().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this._read();
    this.#link.window.open();
    if (!this.#reset && !(this.#received && this.#sent)) this.#link.reset();
    this.#link.forget();
    done(error);
  }
}

/** What a receiver takes before it has said anything: SPDY/3.1, section 2.6.8. */
export const INITIAL_WINDOW = 64 * 1024;

/**
 * How much a peer is ready to take. Go's spdystream, which kubectl and all of Kubernetes use, has no flow control: it never grants
 * anything, and a server that kept to the first 64 KiB would stall for ever. So a window binds only after its peer has granted something.
 */
export class SendWindow {
  #left: number;
  #binding = false;
  #waiting: (() => void)[] = [];

  constructor(initial: number) {
    this.#left = initial;
  }

  grant(bytes: number): void {
    this.#binding = true;
    this.change(bytes);
  }

  /** By how much the initial size changed, which may make a window negative. */
  change(bytes: number): void {
    this.#left += bytes;
    this.#wake();
  }

  /** Takes up to so many bytes, as soon as there is room for one. */
  async take(wanted: number): Promise<number> {
    while (this.#binding && this.#left <= 0)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const taken = this.#binding ? Math.min(wanted, this.#left) : wanted;
    this.#left -= taken;
    return taken;
  }

  giveBack(bytes: number): void {
    this.change(bytes);
  }

  /** Nobody waits any more: the stream or its connection is over. */
  open(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
