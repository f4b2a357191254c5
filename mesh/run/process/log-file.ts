import { closeSync, copyFileSync, fstatSync, mkdirSync, openSync, readSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';

/** Kubernetes rotates a container's log at the same size. */
const largest = 10 * 1024 * 1024;
const pollInterval = 100;

/**
 * The output of one container, over all its restarts. Programs write to the file themselves, so that logging costs
 * the runner nothing and nothing is lost when the runner dies.
 */
export class LogFile {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.#descriptor = openSync(path, 'a+', 0o600);
  }

  /** For the `stdio` of a child process: opened for appending, so several writers do not overwrite each other. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Nothing is left to read of a closed file; whoever still looks at an ended program's log finds it empty. */
  get size(): number {
    return this.#closed ? 0 : fstatSync(this.#descriptor).size;
  }

  read(from = 0): string {
    if (this.#closed) return '';
    const size = this.size;
    const buffer = Buffer.alloc(Math.max(0, size - from));
    const length = readSync(this.#descriptor, buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, length);
  }

  /** The last `lines` lines. */
  tail(lines: number): string {
    const text = this.read(Math.max(0, this.size - lines * 4096));
    const all = text.split('\n');
    const ends = text.endsWith('\n') ? 1 : 0;
    return lines === 0 ? '' : all.slice(-(lines + ends)).join('\n');
  }

  /** Hands over what is written from now on, until the returned function is called. */
  follow(onText: (text: string) => void): () => void {
    let offset = this.size;
    const timer = setInterval(() => {
      if (this.#closed) {
        clearInterval(timer);
        return;
      }
      const size = this.size;
      // Rotation made the file shorter.
      offset = size < offset ? 0 : offset;
      if (size > offset) {
        const text = this.read(offset);
        offset += Buffer.byteLength(text);
        onText(text);
      }
    }, pollInterval);
    return () => clearInterval(timer);
  }

  /** Keeps one older generation. The file stays the same one, because the program goes on writing to it. */
  rotate(limit = largest): void {
    if (!this.#closed && this.size > limit) {
      copyFileSync(this.path, `${this.path}.1`);
      truncateSync(this.path);
    }
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}
