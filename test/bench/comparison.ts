import type { BenchTable } from '#test/bench/benchmark.ts';
import { formatSpread, ratio, spread } from '#test/bench/measure.ts';

/** What a table shows of each measurement, with so many digits behind the point. */
export type Column<Measured> = readonly [head: string, value: (measured: Measured) => number, digits: number];

export interface Comparison<Measured> {
  readonly title: string;
  /** Round by round, by the names of the variants, as `alternate` gives them. */
  readonly measured: Readonly<Record<string, readonly Measured[]>>;
  /** The variant that the others are compared with; where it is not among them there are no ratios. */
  readonly yardstick: string;
  readonly columns: readonly Column<Measured>[];
}

/** A row for each variant: the median of each column over the rounds, and beside it the ratio to the yardstick's. */
export function comparisonTable<Measured>(comparison: Comparison<Measured>): BenchTable {
  const { title, measured, yardstick, columns } = comparison;
  const other = measured[yardstick];
  const rows = Object.entries(measured).map(([name, runs]) => [
    name,
    ...columns.flatMap(([, value, digits]) => {
      const median = spread(runs.map(value)).median.toFixed(digits);
      if (!other) return [median];
      return [median, name === yardstick ? '1' : formatSpread(ratio(runs.map(value), other.map(value)))];
    }),
  ]);
  const heads = columns.flatMap(([head]) => (other ? [head, `× ${yardstick}`] : [head]));
  return { title, head: ['', ...heads], rows };
}
