import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/**
 * How many batches may be at a collector that has not answered them in time. Nobody can tell an exporter to give up, and
 * each such batch keeps its memory and its connection.
 */
const MAX_ABANDONED = 4;

type Done = (result: ExportResult) => void;

interface WatchedExporterOptions {
  readonly exporter: SpanExporter;
  readonly state: ExportState;
  readonly timeoutMs: number;
}

/** An exporter that always answers in time, and records what happened to the spans. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #state: ExportState;
  readonly #timeoutMs: number;
  #abandoned = 0;

  constructor({ exporter, state, timeoutMs }: WatchedExporterOptions) {
    this.#exporter = exporter;
    this.#state = state;
    this.#timeoutMs = timeoutMs;
  }

  export(spans: ReadableSpan[], done: Done): void {
    if (this.#abandoned >= MAX_ABANDONED) {
      this.#lose(spans, 'timeout', new Error(`${this.#abandoned} batches are still unanswered`), done);
      return;
    }
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.#abandoned++;
      this.#lose(spans, 'timeout', new Error(`no answer within ${this.#timeoutMs} ms`), done);
    }, this.#timeoutMs);
    this.#send(spans, (result) => {
      clearTimeout(deadline);
      if (late) this.#abandoned--;
      else if (result.code === ExportResultCode.SUCCESS) {
        this.#state.succeeded(spans.length);
        done(result);
      } else this.#lose(spans, 'failed', result.error ?? new Error('refused'), done);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** Calls `settle` once, whatever the exporter does. */
  #send(spans: ReadableSpan[], settle: Done): void {
    let settled = false;
    const once: Done = (result) => {
      if (settled) return;
      settled = true;
      settle(result);
    };
    try {
      this.#exporter.export(spans, once);
    } catch (error) {
      once({
        code: ExportResultCode.FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  #lose(spans: ReadableSpan[], loss: 'failed' | 'timeout', error: Error, done: Done): void {
    this.#state.lost(spans.length, loss, describe(error));
    done({ code: ExportResultCode.FAILED, error });
  }
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function describe(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}

/** Why spans were lost. */
export type Loss = 'queue_full' | 'failed' | 'timeout';

/** What happened to the spans that an exporter had to send. */
export class ExportState {
  readonly exporter: string;
  readonly dropped: Record<Loss, number> = { queue_full: 0, failed: 0, timeout: 0 };
  exported = 0;
  /** Called at the first loss after a success, and at the first success after that: once per outage each. */
  onChange: (change: { readonly down: boolean; readonly reason: string }) => void = () => {};
  #down = false;

  constructor(exporter: string) {
    this.exporter = exporter;
  }

  succeeded(spans: number): void {
    this.exported += spans;
    this.#turn(false, 'spans are accepted again');
  }

  lost(spans: number, loss: Exclude<Loss, 'queue_full'>, reason: string): void {
    this.dropped[loss] += spans;
    this.#turn(true, reason);
  }

  /** A full queue is no outage: the collector may only be slower than the service. */
  overflowed(spans: number): void {
    this.dropped.queue_full += spans;
  }

  #turn(down: boolean, reason: string): void {
    if (this.#down === down) return;
    this.#down = down;
    this.onChange({ down, reason });
  }
}
