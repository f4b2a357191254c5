import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Kubernetes rotates a container's log at the same size. Bytes. */
export const largestLog = 10 * 1024 * 1024;
const pollInterval = 100;
/** One for each minute of a day. */
const mostMarks = 1440;

/** A log that begins empty, even if a former pod of the same name has left one. */
export function newLogFile(path: string): LogFile {
  for (const old of [path, `${path}.1`]) rmSync(old, { recursive: true, force: true });
  return new LogFile(path);
}

/**
 * The output of one container, over all its restarts. Programs write to the file themselves, so that logging costs
 * the runner nothing and nothing is lost when the runner dies.
 */
export class LogFile {
  readonly path: string;
  readonly #descriptor: number;
  /** How many bytes rotations have taken out of the file. */
  #dropped = 0;
  #closed = false;
  /** How much was written by when (milliseconds since the epoch), at each look; the newest last. */
  readonly #marks: { readonly end: number; readonly at: number }[] = [];

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.#descriptor = openSync(path, 'a+', 0o600);
  }

  /** For the `stdio` of a child process: opened for appending, so several writers do not overwrite each other. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /**
   * How much has ever been written, which is also the position of what comes next; rotation does not change it. Nothing is
   * left to read of a closed file; whoever still looks at an ended program's log finds it empty.
   */
  get size(): number {
    return this.#closed ? 0 : this.#dropped + fstatSync(this.#descriptor).size;
  }

  /** Notes how much has been written by now, for `writtenAt`: to be called now and then. */
  mark(at = Date.now()): void {
    const end = this.size;
    if (end <= (this.#marks.at(-1)?.end ?? 0)) return;
    this.#marks.push({ end, at });
    if (this.#marks.length > mostMarks) this.#marks.shift();
  }

  /** By when, at the latest, what ends at a position was there: milliseconds since the epoch. */
  writtenAt(end: number): number {
    const mark = this.#marks.find((each) => each.end >= end);
    if (mark) return mark.at;
    return this.#closed ? Date.now() : fstatSync(this.#descriptor).mtimeMs;
  }

  /** What was written between two positions, as far as rotation has left it. */
  read(from = 0, to = this.size): string {
    return this.#bytes(from, to).toString('utf8');
  }

  #bytes(from: number, to: number): Buffer {
    if (this.#closed) return Buffer.alloc(0);
    const older = from < this.#dropped ? this.#older() : Buffer.alloc(0);
    const start = Math.max(0, from - this.#dropped);
    const buffer = Buffer.alloc(Math.max(0, to - this.#dropped - start));
    const length = readSync(this.#descriptor, buffer, 0, buffer.length, start);
    const begin = this.#dropped - older.length;
    return Buffer.concat([
      older.subarray(Math.max(0, from - begin), Math.max(0, to - begin)),
      buffer.subarray(0, length),
    ]);
  }

  /** The older generation: it ends where the file begins. */
  #older(): Buffer {
    try {
      return readFileSync(`${this.path}.1`);
    } catch {
      return Buffer.alloc(0);
    }
  }

  /** The last `lines` lines. */
  tail(lines: number): string {
    return lastLines(this.read(Math.max(0, this.size - lines * 4096)), lines);
  }

  /** Passes on what is written from now on, read every `interval` milliseconds, until the returned function is called; with `true` it reads the rest first. */
  follow(onText: (text: string) => void, interval = pollInterval): (withRest?: boolean) => void {
    let offset = this.size;
    const decoder = new TextDecoder();
    const read = () => {
      if (this.#closed) {
        clearInterval(timer);
        return;
      }
      const { size } = this;
      if (size > offset) {
        onText(decoder.decode(this.#bytes(offset, size), { stream: true }));
        offset = size;
      }
    };
    const timer = setInterval(read, interval);
    return (withRest = false) => {
      clearInterval(timer);
      if (withRest) read();
    };
  }

  /**
   * Keeps the end of a file that is longer than `limit` bytes as its one older generation, no longer than that. The file
   * stays the same one, because the program goes on writing to it.
   */
  rotate(limit = largestLog): void {
    if (this.#closed || fstatSync(this.#descriptor).size <= limit) {
      return;
    }
    const kept = this.#bytes(this.size - limit, this.size);
    try {
      writeFileSync(`${this.path}.1`, kept.subarray(kept.indexOf('\n') + 1), { mode: 0o600 });
    } catch {
      // A full disk: dropping this makes room.
      rmSync(`${this.path}.1`, { recursive: true, force: true });
    }
    this.#dropped = this.size;
    ftruncateSync(this.#descriptor);
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

export function lastLines(text: string, lines: number): string {
  const ends = text.endsWith('\n') ? 1 : 0;
  return lines === 0
    ? ''
    : text
        .split('\n')
        .slice(-(lines + ends))
        .join('\n');
}
