import fs from 'node:fs';

export interface LogSinkOptions {
  readonly fd: number;
  /** The line that says how many lines were lost, as soon as lines can be written again. */
  readonly account: (loss: { readonly lines: number; readonly reason: string }) => string;
  /** How much may wait for a slow reader, in characters. */
  readonly most?: number;
  readonly system?: Pick<typeof fs, 'write' | 'writeSync'>;
}

/** The system asks to try again later: a pipe is full. */
const BUSY: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'EBUSY']);
const PATIENCE = 100;
/** Milliseconds that the end of a process may wait for a pipe's reader. */
const LAST_PATIENCE = 1_000;

/**
 * Writes a log to a descriptor in the background, one piece after the other. It drops what it cannot write, and
 * counts it: the disk may be full, or the pipe's reader gone or too slow. A service without a log is better than none.
 */
export class LogSink {
  /** Lines that were dropped since the start. */
  lost = 0;
  readonly #fd: number;
  readonly #account: LogSinkOptions['account'];
  readonly #most: number;
  readonly #system: Pick<typeof fs, 'write' | 'writeSync'>;
  #waiting = '';
  #writing = false;
  #flushed: (() => void)[] = [];
  /** Dropped lines that the log does not mention yet. */
  #untold = 0;
  #reason = '';
  /** Whether the written text ends in the middle of a line. */
  #torn = false;

  constructor({ fd, account, most = 8 << 20, system = fs }: LogSinkOptions) {
    this.#fd = fd;
    this.#account = account;
    this.#most = most;
    this.#system = system;
  }

  write(text: string): void {
    if (this.#waiting.length + text.length > this.#most) {
      this.#lose(linesOf(text), 'the reader of the log is too slow');
      return;
    }
    this.#waiting += text;
    this.#next();
  }

  /** Calls back as soon as everything so far is written or lost. */
  flush(done: () => void): void {
    this.#flushed.push(done);
    this.#next();
  }

  /** For the end of a process, when there is time for only one attempt. */
  flushSync(): void {
    const piece = this.#take();
    const deadline = Date.now() + LAST_PATIENCE;
    while (piece.written < piece.bytes.length) {
      try {
        piece.written += this.#system.writeSync(this.#fd, piece.bytes, piece.written);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (BUSY.has(code) && Date.now() < deadline) Atomics.wait(idle, 0, 0, 10);
        else {
          this.#give(piece, message);
          return;
        }
      }
    }
  }

  #next(): void {
    if (this.#writing) return;
    if (this.#waiting === '') {
      for (const done of this.#flushed.splice(0)) done();
      return;
    }
    this.#writing = true;
    this.#put(this.#take());
  }

  #take(): Piece {
    const untold = this.#untold;
    const account = untold === 0 ? '' : this.#account({ lines: untold, reason: this.#reason });
    const head = Buffer.byteLength(this.#torn ? `\n${account}` : account);
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${account}${this.#waiting}`);
    this.#waiting = '';
    return { bytes, head, untold, written: 0 };
  }

  #put(piece: Piece): void {
    this.#system.write(this.#fd, piece.bytes, piece.written, (error, count) => {
      if (error && BUSY.has(error.code)) {
        setTimeout(() => this.#put(piece), PATIENCE);
        return;
      }
      piece.written += error ? 0 : count;
      if (!error && piece.written < piece.bytes.length) {
        this.#put(piece);
        return;
      }
      this.#give(piece, error?.message ?? '');
      this.#writing = false;
      this.#next();
    });
  }

  /** Records whether a piece was written or lost. */
  #give({ bytes, head, untold, written }: Piece, reason: string): void {
    if (written >= head) this.#untold -= untold;
    if (written > 0) this.#torn = bytes[written - 1] !== NEWLINE;
    if (written < bytes.length) this.#lose(linesOf(bytes.toString('utf8', Math.max(head, written))), reason);
  }

  #lose(lines: number, reason: string): void {
    this.lost += lines;
    this.#untold += lines;
    this.#reason = reason;
  }
}

const idle = new Int32Array(new SharedArrayBuffer(4));
const NEWLINE = 10;

interface Piece {
  readonly bytes: Buffer;
  /** How many bytes of it report earlier losses. */
  readonly head: number;
  readonly untold: number;
  written: number;
}

function linesOf(text: string): number {
  return text.split('\n').length - 1;
}
