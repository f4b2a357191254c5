const UNITS = { ms: 1, s: 1000, m: 60_000 } as const;

/** What a duration may look like, for messages. */
export const DURATION_FORM = 'a time with its unit, such as 250ms, 1.5s or 2m (or 0)';

/**
 * Reads a duration such as `250ms`, `1.5s`, `2m` or `0`, in milliseconds. A bare number is refused, since users of
 * comparable services mean seconds with one of them and milliseconds with the next.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}
