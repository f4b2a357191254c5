const UNITS = { ms: 1, s: 1000, m: 60_000 } as const;

/** What a duration may look like, for messages. */
export const DURATION_FORM = 'a time with its unit, such as 250ms, 1.5s or 2m (or 0)';

/**
 * Reads a duration such as `250ms`, `1.5s`, `2m` or `0`, in milliseconds. It refuses a bare number, since users of
 * comparable services mean seconds with one of them and milliseconds with the next.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** Seconds since a point on `performance`'s clock, to the microsecond: finer digits are noise. */
export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 1000) / 1e6;
}

/** Resolves as the promise does, or rejects with the signal's reason if that comes first. Nobody then waits for the promise. */
export function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abandon = () => reject(signal.reason);
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon, { once: true });
  return Promise.race([promise, late]).finally(() => signal.removeEventListener('abort', abandon));
}
