import { z } from 'zod';

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const wholeDuration = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a duration as Istio and Go write it (`2s`, `0.5s`, `1m30s`); undefined when it isn't one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!wholeDuration.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(part)) {
    milliseconds += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return milliseconds;
}

const expected = 'expected a duration with its unit, such as `2s`, `0.5s` or `1m30s`';

function durationFrom(minimum: number, tooShort: string) {
  return z.string({ error: expected }).transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && milliseconds >= minimum) return milliseconds;
    const message = milliseconds === undefined ? expected : tooShort;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });
}

/** A duration of at least a millisecond, as most of Istio's; parsed to milliseconds. */
export const duration = durationFrom(1, 'expected a duration of at least `1ms`');

/** A duration that may be `0s`, where zero has a meaning of its own. */
export const durationOrZero = durationFrom(0, 'expected a duration of `0s` or more');
