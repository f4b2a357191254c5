import { setTimeout as sleep } from 'node:timers/promises';
import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Random } from '#platform/random.ts';
import type { ChainConfig } from '#services/chain/config.ts';
import { fibonacci } from '#services/chain/fibonacci.ts';

interface OwnSpansOptions {
  readonly config: Pick<ChainConfig, 'FIBONACCI_MAX' | 'WAIT_MAX'>;
  readonly random: Random;
}

/** What variant 3 adds to a hop: work to look at, in separate spans, and errors recorded in the trace. */
export interface OwnSpans {
  /** Computes a random Fibonacci number and waits a little; gives which number it was. */
  work(): Promise<number>;
  /** Marks the request's span as failed. */
  failed(error: string): void;
}

/** The child span is the computation and all that follows from it; its child, the grandchild, is the wait. */
export function createOwnSpans({ config, random }: OwnSpansOptions): OwnSpans {
  const tracer = trace.getTracer('chain');
  const wait = (span: Span): Promise<void> => {
    const milliseconds = Math.round(random() * config.WAIT_MAX);
    span.setAttribute('wait.milliseconds', milliseconds);
    return ended(span, async () => {
      if (milliseconds > 0) await sleep(milliseconds);
      span.addEvent('waited long enough');
    });
  };
  const compute = async (span: Span): Promise<number> => {
    const n = Math.floor(random() * (config.FIBONACCI_MAX + 1));
    span.setAttribute('fibonacci.n', n);
    span.addEvent('computed', { 'fibonacci.result': fibonacci(n) });
    await tracer.startActiveSpan('wait', wait);
    return n;
  };
  return {
    work: () => tracer.startActiveSpan('fibonacci', (span) => ended(span, () => compute(span))),
    failed(error) {
      const span = trace.getActiveSpan();
      span?.recordException({ name: 'HopFailed', message: error });
      span?.setStatus({ code: SpanStatusCode.ERROR, message: error });
    },
  };
}

/** Ends the span when its work does, and records what went wrong in it. */
async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
