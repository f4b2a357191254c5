import { parseDuration } from '#platform/duration.ts';
import type { Result } from '#services/load/result.ts';

/** What a run must reach, or else it fails. */
export interface Thresholds {
  /** In percent of the requests. */
  readonly maxErrors: number | undefined;
  readonly maxLatency: readonly { readonly percentile: number; readonly milliseconds: number }[];
  readonly minQps: number | undefined;
}

interface Flags {
  readonly 'max-errors'?: string | undefined;
  readonly 'max-latency': readonly string[];
  readonly 'min-qps'?: string | undefined;
}

/** Reads the flags, or says what is wrong with one. */
export function parseThresholds(flags: Flags): Thresholds | string {
  const maxErrors = numberOf(flags['max-errors']);
  const minQps = numberOf(flags['min-qps']);
  if (Number.isNaN(maxErrors)) return `-max-errors ${flags['max-errors']}: must be a percentage, such as 0.5`;
  if (Number.isNaN(minQps)) return `-min-qps ${flags['min-qps']}: must be a number`;
  const maxLatency = flags['max-latency'].map((text) => {
    const [, percentile, time = ''] = /^p(\d+(?:\.\d+)?)=(.+)$/.exec(text) ?? [];
    return { text, percentile: Number(percentile), milliseconds: parseDuration(time) ?? Number.NaN };
  });
  const wrong = maxLatency.find(
    ({ percentile, milliseconds }) => !(percentile > 0 && percentile <= 100 && milliseconds >= 0),
  );
  return wrong
    ? `-max-latency ${wrong.text}: must be a percentile and a time, such as p99=250ms`
    : { maxErrors, maxLatency, minQps };
}

/** The thresholds that a result misses, one line each. */
export function missed({ maxErrors, maxLatency, minQps }: Thresholds, result: Result): string[] {
  const misses: string[] = [];
  const errors = (100 * result.failed) / Math.max(1, result.count);
  if (maxErrors !== undefined && errors > maxErrors)
    misses.push(`${errors.toFixed(2)} % of the requests failed, and -max-errors is ${maxErrors}`);
  for (const { percentile, milliseconds } of maxLatency) {
    const actual = result.percentile(percentile) * 1000;
    if (actual > milliseconds)
      misses.push(
        `percentile ${percentile} is ${actual.toFixed(3)} ms, and -max-latency is ${milliseconds} ms`,
      );
  }
  if (minQps !== undefined && result.qps < minQps)
    misses.push(`${result.qps.toFixed(1)} requests were answered a second, and -min-qps is ${minQps}`);
  return misses;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}
