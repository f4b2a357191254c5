import { createHistogram } from 'node:perf_hooks';
import type { Answer } from '#services/load/response-reader.ts';

/** Ends of the ranges in which latencies are shown, in milliseconds: fortio's. */
const TENS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90];
const BOUNDS = [
  ...TENS,
  ...[100, 120, 140, 160, 180, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000],
  ...[2000, 3000, 4000, 5000, 7500, 10_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000],
];

/** Latencies in a range, in seconds: above `start`, up to `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** Fortio's status for no answer. */
export const NO_ANSWER = -1;

/** The result of a run so far. Latencies are in seconds. */
export class Result {
  readonly codes = new Map<number, number>();
  sockets = 0;
  /** Of the whole run, in seconds. */
  elapsed = 0;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;
  headerBytes = 0;
  bodyBytes = 0;
  #squares = 0;
  /** An HdrHistogram of nanoseconds with three digits. */
  readonly #histogram = createHistogram({ lowest: 1, highest: 3_600_000_000_000, figures: 3 });
  readonly #ranges: number[] = new Array(BOUNDS.length + 1).fill(0);

  /** @param milliseconds from before the first byte was sent until the last one had come */
  record(milliseconds: number, answer: Answer | undefined): void {
    const code = answer?.status ?? NO_ANSWER;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    this.headerBytes += answer?.headerBytes ?? 0;
    this.bodyBytes += answer?.bodyBytes ?? 0;
    const seconds = milliseconds / 1000;
    this.count++;
    this.sum += seconds;
    this.#squares += seconds * seconds;
    if (seconds < this.min) this.min = seconds;
    if (seconds > this.max) this.max = seconds;
    this.#histogram.record(Math.max(1, Math.round(milliseconds * 1e6)));
    let range = 0;
    while (range < BOUNDS.length && milliseconds > (BOUNDS[range] ?? 0)) range++;
    this.#ranges[range] = (this.#ranges[range] ?? 0) + 1;
  }

  get average(): number {
    return this.sum / Math.max(1, this.count);
  }

  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / Math.max(1, this.count) - this.average ** 2));
  }

  /** Requests without an answer, and those answered with 4xx or 5xx. */
  get failed(): number {
    return [...this.codes].reduce((sum, [code, count]) => sum + (code >= 200 && code < 400 ? 0 : count), 0);
  }

  get qps(): number {
    return this.elapsed > 0 ? this.count / this.elapsed : 0;
  }

  percentile(percent: number): number {
    // A histogram's bucket can end a little above the largest value in it.
    return Math.min(this.max, this.#histogram.percentile(percent) / 1e9);
  }

  /** The ranges that are not empty. */
  get ranges(): Range[] {
    return this.#ranges.flatMap((count, index) => {
      const start = (BOUNDS[index - 1] ?? 0) / 1000;
      const end = (BOUNDS[index] ?? Number.POSITIVE_INFINITY) / 1000;
      return count > 0 ? [{ start: Math.max(start, this.min), end: Math.min(end, this.max), count }] : [];
    });
  }
}
