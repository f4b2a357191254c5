const UNITS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds of `90s`, `20m` or `1h`. Throws a sentence about anything else. */
export function durationOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS.get(unit) ?? Number.NaN);
  if (!(milliseconds > 0))
    throw new Error(`DURATION=${text} is no duration: give one such as 90s, 20m or 1h`);
  return milliseconds;
}
