/** The value of a flag as Go's programs take it: `-name=value`, `--name value`; undefined if it is not given. */
export function flagOf(args: readonly string[], name: string): string | undefined {
  return flagsOf(args, name)[0];
}

/** The values of a flag that may be given more than once. */
export function flagsOf(args: readonly string[], name: string): readonly string[] {
  return args.flatMap((arg, index) => {
    const found = /^--?([^=]+)(?:=(.*))?$/s.exec(arg);
    if (found?.[1] !== name) return [];
    return (found[2] ?? args[index + 1])?.replace(/^"(.*)"$/s, '$1') ?? [];
  });
}

/** Go's durations (`1m30s`, `250ms`) in milliseconds; 0 for what is none. */
export function goDuration(text = ''): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, value, unit = 's']) => sum + Number(value) * (units[unit] ?? 0),
    0,
  );
}
