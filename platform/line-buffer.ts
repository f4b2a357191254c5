import process from 'node:process';
import type { DestinationStream } from 'pino';

/** The part of pino's own destination that is used. */
interface Sink {
  write(text: string): unknown;
  flush(done: (error?: Error | null) => void): void;
  flushSync(): void;
}

interface LineBufferOptions {
  /** Characters after which lines are handed on at once. */
  readonly size: number;
  /** Milliseconds after which they are handed on in any case. */
  readonly delay: number;
}

/** A destination for pino that can be flushed. */
export interface LineBuffer extends DestinationStream {
  flush(done: (error?: Error | null) => void): void;
}

/**
 * Collects lines and hands them on many at a time. Pino's destination can buffer by itself, but then it measures
 * everything that it holds with each line, which costs more than making the line.
 */
export function lineBuffer(sink: Sink, { size, delay }: LineBufferOptions): LineBuffer {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  function handOn(): void {
    clearTimeout(timer);
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    sink.write(text);
  }
  // A process that ends by itself, or by an exception, has its last lines written too.
  process.once('exit', () => {
    handOn();
    sink.flushSync();
  });
  return {
    write(line) {
      pending += line;
      if (pending.length >= size) handOn();
      else timer ??= setTimeout(handOn, delay).unref();
    },
    flush(done) {
      handOn();
      sink.flush(done);
    },
  };
}
