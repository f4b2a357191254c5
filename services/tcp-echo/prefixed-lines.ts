import { Transform, type TransformCallback } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Puts a prefix and a space before each line. A line passes as it comes, piece by piece, so that a line of any length
 * takes no more memory than its pieces. Text after the last newline is a line, too.
 */
export class PrefixedLines extends Transform {
  readonly #prefix: Buffer;
  #atLineStart = true;

  constructor(prefix: string) {
    super();
    this.#prefix = Buffer.from(`${prefix} `);
  }

  /** Whether every line that has come in is complete. */
  get atLineStart(): boolean {
    return this.#atLineStart;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const parts: Buffer[] = [];
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (this.#atLineStart) parts.push(this.#prefix);
      parts.push(chunk.subarray(start, end));
      this.#atLineStart = newline >= 0;
      start = end;
    }
    // Within a long line most pieces go back as they are.
    const [only] = parts;
    done(null, only && parts.length === 1 ? only : Buffer.concat(parts));
  }
}
