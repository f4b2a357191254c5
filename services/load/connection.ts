import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Answer, AnswerError, ResponseReader } from '#services/load/response-reader.ts';
import type { Target } from '#services/load/target.ts';

/** The result of one request; undefined if there was no answer. */
export type OnDone = (answer: Answer | undefined) => void;

interface ConnectionOptions {
  readonly target: Target;
  readonly timeoutMs: number;
  /** Called with the reason if there was no answer. */
  readonly onFailure: (reason: string) => void;
  readonly onSocket: () => void;
  readonly onBody?: (piece: Buffer) => void;
}

/**
 * One connection, which carries one request after the other, and reconnects when the server has closed it. It writes
 * to the socket itself: any client library costs several times as much for each request, and we would measure that library.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;
  #done: OnDone | undefined;
  #sentAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Sends the request; the one before must be answered. */
  send(done: OnDone): void {
    this.#done = done;
    this.#sentAt = performance.now();
    this.#socket ??= this.#open();
    this.#socket.write(this.#options.target.request);
  }

  /** Gives up a request that has waited for too long. */
  checkTimeout(now: number): void {
    const { timeoutMs } = this.#options;
    if (this.#done && timeoutMs > 0 && now - this.#sentAt > timeoutMs)
      this.#fail(`no answer within ${timeoutMs / 1000}s`);
  }

  close(): void {
    this.#drop();
  }

  #open(): Socket {
    const { target, onSocket, onBody } = this.#options;
    const { host, port, tlsName, method } = target;
    onSocket();
    const reader = new ResponseReader({ method, onBody, onAnswer: (answer) => this.#answered(answer) });
    // A socket that has been dropped may still send something.
    const onChunk = (chunk: Buffer) => {
      if (socket === this.#socket) this.#read(reader, chunk);
    };
    const socket: Socket =
      tlsName === undefined
        ? connect({ host, port, onread: intoOneBuffer(onChunk) })
        : connectTls({ host, port, ...nameOf(tlsName) }).on('data', onChunk);
    socket.setNoDelay(true);
    const ifCurrent = (action: () => void) => () => {
      if (socket === this.#socket) action();
    };
    socket.on(
      'end',
      ifCurrent(() => void (reader.end() || this.#fail('the server closed the connection'))),
    );
    socket.on(
      'close',
      ifCurrent(() => this.#fail('the server closed the connection')),
    );
    socket.on('error', (error) => {
      if (socket === this.#socket) this.#fail(error.message || String(error));
    });
    return socket;
  }

  #read(reader: ResponseReader, chunk: Buffer): void {
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      this.#fail(error.message);
    }
  }

  #answered(answer: Answer): void {
    if (!answer.keepAlive) this.#drop();
    const done = this.#done;
    this.#done = undefined;
    done?.(answer);
  }

  #fail(reason: string): void {
    this.#drop();
    const done = this.#done;
    this.#done = undefined;
    // Between two requests, the server may close the connection.
    if (done) this.#options.onFailure(reason);
    done?.(undefined);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

const READ_BUFFER = Buffer.allocUnsafeSlow(64 << 10);

/** A buffer for each piece, and the stream around it, would take a fifth of a request's CPU time. */
function intoOneBuffer(onChunk: (chunk: Buffer) => void): OnReadOpts {
  const callback = (length: number) => {
    onChunk(READ_BUFFER.subarray(0, length));
    return true;
  };
  return { buffer: READ_BUFFER, callback };
}

/** An address is no server name (RFC 6066 section 3). */
function nameOf(host: string): { servername: string } | Record<string, never> {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}
