/** The middle of several measurements and their extremes. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Ways of doing the same thing, by name. */
export type Variants<Name extends string, Measured> = Readonly<Record<Name, () => Promise<Measured>>>;

export interface AlternateOptions {
  readonly rounds: number;
  /** Told before each measurement. */
  readonly started?: (name: string, round: number) => void;
}

/**
 * Measures every variant once per round: A B A B … On a shared machine only measurements that lie close together can be
 * compared, so whatever is said about two variants is said about pairs from the same round.
 */
export async function alternate<Name extends string, Measured>(
  variants: Variants<Name, Measured>,
  { rounds, started }: AlternateOptions,
): Promise<Record<Name, Measured[]>> {
  const names = Object.keys(variants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Measured[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      started?.(name, round);
      results[name].push(await variants[name]());
    }
  }
  return results;
}

/** The spread of a/b over the rounds. */
export function ratio(a: readonly number[], b: readonly number[]): Spread {
  return spread(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** The value below which the share `q` of the values lies, between two of them in proportion. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** `0.93 (0.88 … 0.97)` */
export function formatSpread({ median, min, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} … ${max.toFixed(digits)})`;
}
