/** One answer, once its last byte has come. */
export interface Answer {
  readonly status: number;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Whether the connection may carry another request. */
  readonly keepAlive: boolean;
  /** Status line and headers, as they have come. */
  readonly head: string;
}

interface ReaderOptions {
  /** Answers to HEAD have a length, but no body. */
  readonly method: string;
  readonly onAnswer: (answer: Answer) => void;
  /** Gets the body's pieces, to show it. */
  readonly onBody?: ((piece: Buffer) => void) | undefined;
}

/** A server whose answer is not HTTP/1.1. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const LONGEST_HEAD = 256 << 10;

type Phase = 'head' | 'length' | 'close' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer';

/**
 * Reads HTTP/1.1 answers, one at a time (RFC 9112 sections 4, 6 and 7). It is made for one thing, the rate at which a
 * client can ask: an answer that comes in one piece is read with one search and no copy.
 */
export class ResponseReader {
  readonly #options: ReaderOptions;
  #phase: Phase = 'head';
  #kept: Buffer | undefined;
  #left = 0;
  #status = 0;
  #head = '';
  #headerBytes = 0;
  #bodyBytes = 0;
  #keepAlive = true;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Whether an answer has begun and is not complete. */
  get within(): boolean {
    return this.#phase !== 'head' || this.#kept !== undefined;
  }

  /** Reads what has come, which the caller may overwrite afterwards; throws AnswerError if it makes no sense. */
  push(chunk: Buffer): void {
    let data = this.#kept ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = undefined;
    while (data.length > 0) {
      const used = this.#step(data);
      if (used === 0) {
        if (data.length > LONGEST_HEAD) throw new AnswerError('headers without an end');
        this.#kept = Buffer.from(data);
        return;
      }
      data = data.subarray(used);
    }
  }

  /** The server has closed its side: the end of an answer without a length; gives whether it was one. */
  end(): boolean {
    if (this.#phase !== 'close') return false;
    this.#done();
    return true;
  }

  /** @returns how many bytes have been read; 0 if more must come first */
  #step(data: Buffer): number {
    switch (this.#phase) {
      case 'head':
        return this.#readHead(data);
      case 'length':
        return this.#readBody(data, () => this.#done());
      case 'close':
        this.#left = data.length;
        return this.#readBody(data, () => undefined);
      case 'chunk':
        return this.#readBody(data, () => {
          this.#phase = 'chunk end';
        });
      default:
        return this.#readLine(data);
    }
  }

  #readHead(data: Buffer): number {
    const end = data.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = data.toString('latin1', 0, end + 2);
    if (!head.startsWith('HTTP/1.')) throw new AnswerError('the answer is not HTTP/1.1');
    this.#status = Number(head.slice(9, 12));
    // An interim answer; the real one follows.
    if (this.#status >= 100 && this.#status < 200) return end + 4;
    this.#head = head;
    this.#headerBytes = end + 4;
    this.#bodyBytes = 0;
    this.#keepAlive = !/\r\nconnection:[^\r]*\bclose\b/i.test(head) && !head.startsWith('HTTP/1.0');
    this.#beginBody(head);
    return end + 4;
  }

  #beginBody(head: string): void {
    const bodiless = this.#options.method === 'HEAD' || this.#status === 204 || this.#status === 304;
    if (bodiless) {
      this.#done();
      return;
    }
    if (/\r\ntransfer-encoding:[^\r]*\bchunked\b/i.test(head)) {
      this.#phase = 'chunk size';
      return;
    }
    const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#phase = 'close';
      this.#keepAlive = false;
      return;
    }
    this.#left = Number(length);
    if (this.#left === 0) this.#done();
    else this.#phase = 'length';
  }

  #readBody(data: Buffer, complete: () => void): number {
    const used = Math.min(this.#left, data.length);
    this.#bodyBytes += used;
    this.#left -= used;
    this.#options.onBody?.(Buffer.from(data.subarray(0, used)));
    if (this.#left === 0) complete();
    return used;
  }

  #readLine(data: Buffer): number {
    const end = data.indexOf(LINE_END);
    if (end < 0) return 0;
    const line = data.toString('latin1', 0, end);
    if (this.#phase === 'chunk size') this.#beginChunk(line);
    else if (this.#phase === 'chunk end') this.#phase = 'chunk size';
    else if (line === '') this.#done();
    return end + 2;
  }

  #beginChunk(line: string): void {
    const size = /^[\da-f]+/i.exec(line)?.[0];
    if (size === undefined) throw new AnswerError('a chunk without a size');
    this.#left = Number.parseInt(size, 16);
    this.#phase = this.#left === 0 ? 'trailer' : 'chunk';
  }

  #done(): void {
    this.#phase = 'head';
    this.#options.onAnswer({
      status: this.#status,
      headerBytes: this.#headerBytes,
      bodyBytes: this.#bodyBytes,
      keepAlive: this.#keepAlive,
      head: this.#head,
    });
  }
}
