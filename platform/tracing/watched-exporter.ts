import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { ExportState } from '#platform/tracing/export-state.ts';

/**
 * How many batches may be with a collector that has not answered them in time. Exporters cannot be told to give up, and
 * each such batch keeps its memory and its connection.
 */
const MAX_ABANDONED = 4;

type Done = (result: ExportResult) => void;

interface WatchedExporterOptions {
  readonly exporter: SpanExporter;
  readonly state: ExportState;
  readonly timeoutMs: number;
}

/** An exporter that always answers, in time, and keeps account of what became of the spans. */
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
