/** Why spans were lost. */
export type Loss = 'queue_full' | 'failed' | 'timeout';

/** What became of the spans that an exporter was to send. */
export class ExportState {
  readonly exporter: string;
  readonly dropped: Record<Loss, number> = { queue_full: 0, failed: 0, timeout: 0 };
  exported = 0;
  /** Told at the first loss after a success, and at the first success after that: once per outage. */
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
