import type { Duplex } from 'node:stream';
import { encodeFrame, type Frame, FrameParser, ProtocolError } from './frames.ts';
import { HeaderCodec } from './header-block.ts';
import { INITIAL_WINDOW, SendWindow, SpdyStream } from './stream.ts';

const PROTOCOL_ERROR = 1;
const INVALID_STREAM = 2;
const REFUSED_STREAM = 3;
const CANCEL = 5;

const MOST_STREAMS = 4_000;
const LARGEST_DATA_FRAME = 32 * 1024;
/** A client that is gone while nothing is read from it is noticed by what cannot be written to it. */
const PING_EVERY = 5_000;
/** How long a client may take to hang up after our GOAWAY. */
const PATIENCE = 5_000;

/** The server's end of a SPDY/3.1 connection, over a socket or whatever else carries bytes. */
export class SpdyConnection {
  /** Resolves when nothing will come any more, whatever the reason. Never rejects. */
  readonly closed: Promise<void>;
  readonly #transport: Duplex;
  readonly #accept: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headers = new HeaderCodec();
  readonly #window = new SendWindow(INITIAL_WINDOW);
  readonly #ping: NodeJS.Timeout;
  #initialWindow = INITIAL_WINDOW;
  #lastStreamId = 0;
  #pings = 0;
  #leaving = false;

  /** `accept` gets each stream that the peer opens. It must read every one, or the others wait. */
  constructor(transport: Duplex, accept: (stream: SpdyStream) => void, { pingEvery = PING_EVERY } = {}) {
    this.#transport = transport;
    this.#accept = accept;
    this.closed = new Promise((resolve) => transport.once('close', resolve)).then(() => this.#end());
    this.#ping = setInterval(() => this.#sendPing(), pingEvery);
    this.#ping.unref();
    transport.on('error', () => transport.destroy());
    this.#read().catch((error: unknown) => this.#fail(error));
  }

  /** Says that it accepts no more streams, and closes as soon as everything written is out. */
  close(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#send({ type: 'goaway', lastStreamId: this.#lastStreamId, status: 0 });
    this.#hangUp();
  }

  #hangUp(): void {
    this.#transport.end();
    setTimeout(() => this.#transport.destroy(), PATIENCE).unref();
  }

  async #read(): Promise<void> {
    const parser = new FrameParser();
    // The iterator would otherwise destroy a transport on which answers are still going out.
    for await (const bytes of this.#transport.iterator({ destroyOnReturn: false })) {
      for (const frame of parser.feed(bytes as Buffer)) await this.#take(frame);
    }
    for (const stream of this.#streams.values()) stream.abandon();
    this.#hangUp();
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'syn-stream':
        return this.#open(frame.streamId, frame.block, frame.fin);
      case 'data':
        return this.#data(frame);
      case 'headers':
      case 'syn-reply':
        // Nobody needs their contents here, but the next block builds on them.
        await this.#headers.decode(frame.block);
        if (frame.fin) this.#streams.get(frame.streamId)?.receiveEnd();
        return;
      case 'rst-stream':
        return this.#streams.get(frame.streamId)?.abandon();
      case 'window-update':
        return (frame.streamId === 0 ? this.#window : this.#streams.get(frame.streamId)?.window)?.grant(
          frame.delta,
        );
      case 'settings':
        return this.#resize(frame.initialWindow ?? this.#initialWindow);
      case 'ping':
        // Even ids are answers to ours.
        if (frame.id % 2 === 1) this.#send(frame);
        return;
      case 'goaway':
        // The peer opens no more streams; those that are open go on.
        return;
    }
  }

  async #open(id: number, block: Buffer, fin: boolean): Promise<void> {
    const headers = await this.#headers.decode(block);
    if (id % 2 === 0 || id <= this.#lastStreamId) throw new ProtocolError(`stream ${id} is not a new one`);
    this.#lastStreamId = id;
    if (this.#leaving || this.#streams.size >= MOST_STREAMS) return this.#reset(id, REFUSED_STREAM);
    const stream = this.#stream(id, headers);
    this.#streams.set(id, stream);
    this.#send({ type: 'syn-reply', streamId: id, block: await this.#headers.encode(new Map()), fin: false });
    this.#accept(stream);
    if (fin) stream.receiveEnd();
  }

  #stream(id: number, headers: ReadonlyMap<string, string>): SpdyStream {
    const window = new SendWindow(this.#initialWindow);
    return new SpdyStream(id, headers, {
      window,
      send: (data) => this.#sendData(id, data, window),
      finish: () => this.#send({ type: 'data', streamId: id, data: Buffer.alloc(0), fin: true }),
      reset: () => this.#reset(id, CANCEL),
      forget: () => this.#streams.delete(id),
    });
  }

  async #data(frame: Frame & { type: 'data' }): Promise<void> {
    if (frame.streamId > this.#lastStreamId || frame.streamId % 2 === 0) {
      throw new ProtocolError(`data came for stream ${frame.streamId}, which was never opened`);
    }
    const stream = this.#streams.get(frame.streamId);
    if (frame.data.length > 0) await this.#credit(frame, stream);
    if (frame.fin) stream?.receiveEnd();
  }

  /** What was read may be sent again, to the stream and to the connection as a whole. */
  async #credit({ streamId, data }: Frame & { type: 'data' }, stream: SpdyStream | undefined): Promise<void> {
    if (stream === undefined) this.#reset(streamId, INVALID_STREAM);
    else {
      await stream.receive(data);
      this.#send({ type: 'window-update', streamId, delta: data.length });
    }
    this.#send({ type: 'window-update', streamId: 0, delta: data.length });
  }

  async #sendData(streamId: number, data: Buffer, window: SendWindow): Promise<void> {
    for (let at = 0; at < data.length; ) {
      const granted = await window.take(Math.min(LARGEST_DATA_FRAME, data.length - at));
      const length = await this.#window.take(granted);
      window.giveBack(granted - length);
      await this.#send({ type: 'data', streamId, data: data.subarray(at, at + length), fin: false });
      at += length;
    }
  }

  #resize(initialWindow: number): void {
    for (const stream of this.#streams.values()) stream.window.change(initialWindow - this.#initialWindow);
    this.#initialWindow = initialWindow;
  }

  /** Even ids are the server's. */
  #sendPing(): void {
    this.#pings += 2;
    this.#send({ type: 'ping', id: this.#pings });
  }

  #reset(streamId: number, status: number): void {
    this.#send({ type: 'rst-stream', streamId, status });
  }

  /** Resolves when the transport has taken the frame, or never will. */
  #send(frame: Exclude<Frame, { type: 'settings' }>): Promise<void> {
    if (!this.#transport.writable) return Promise.resolve();
    return new Promise((resolve) => this.#transport.write(encodeFrame(frame), () => resolve()));
  }

  /** The peer's fault ends the connection with a word about it; a broken transport is over already. */
  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) return void this.#transport.destroy();
    this.#leaving = true;
    for (const stream of this.#streams.values()) stream.abandon();
    this.#send({ type: 'goaway', lastStreamId: this.#lastStreamId, status: PROTOCOL_ERROR });
    this.#transport.end(() => this.#transport.destroy());
    this.#hangUp();
  }

  #end(): void {
    clearInterval(this.#ping);
    this.#window.open();
    for (const stream of this.#streams.values()) stream.abandon();
    this.#headers.close();
  }
}
