import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** The result of a call: the other side's answer, or the reason why there was none, with a status for it. */
export type DownstreamResult =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
    }
  | { readonly kind: 'failure'; readonly status: 502 | 504; readonly reason: string };

interface CallLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Collects one answer at undici's dispatcher level, which costs half of what `request` with its stream does. One
 * deadline covers everything from the wait for a connection to the last byte.
 */
export class DownstreamCall implements Dispatcher.DispatchHandler {
  readonly #limits: CallLimits;
  readonly #settle: (result: DownstreamResult) => void;
  readonly #deadline: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limits: CallLimits, settle: (result: DownstreamResult) => void) {
    this.#limits = limits;
    this.#settle = settle;
    this.#deadline = setTimeout(() => this.#timeOut(), limits.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline may have passed while the call waited for a connection.
    if (this.#settled) controller.abort(new Error('the call is over'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxBytes) this.cancel(`answer larger than ${this.#limits.maxBytes} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body =
      this.#chunks.length === 1 && first ? first.toString() : Buffer.concat(this.#chunks).toString();
    this.#finish({ kind: 'answer', status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Ends the call for a reason on this side. */
  cancel(reason: string): void {
    if (this.#settled) return;
    this.#finish({ kind: 'failure', status: 502, reason });
    this.#controller?.abort(new Error(reason));
  }

  fail(error: Error & { code?: string }): void {
    const timedOut = error.code === 'UND_ERR_CONNECT_TIMEOUT';
    const reason = timedOut ? 'could not connect in time' : `no answer: ${describe(error)}`;
    this.#finish({ kind: 'failure', status: timedOut ? 504 : 502, reason });
  }

  #timeOut(): void {
    const reason = `no answer within ${this.#limits.timeoutMs / 1000}s`;
    this.#finish({ kind: 'failure', status: 504, reason });
    this.#controller?.abort(new Error(reason));
  }

  #finish(result: DownstreamResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#chunks = [];
    this.#settle(result);
  }
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function describe(error: Error): string {
  const causes = error instanceof AggregateError ? error.errors : [error];
  return causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join(', ');
}
