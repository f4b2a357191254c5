/** Memory of one thing over time, in MB, a reading after the other at the same distance. */
export interface Series {
  readonly name: string;
  readonly readings: readonly number[];
  /** What is restarted on purpose is shown, and not judged. */
  readonly judged: boolean;
}

export interface Flatness {
  readonly name: string;
  /** Means of MB: of the readings at the start, in the middle and at the end. */
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  /** The largest distance of a tenth of the last half from the mean of that half, as a fraction. */
  readonly deviation: number;
  /** Absent where it is not judged. */
  readonly flat?: boolean;
}

const PARTS = 20;
const TOLERANCE = 0.1;

/**
 * Whether memory stays what it is: each tenth of the last half is within 10 % of that half's mean. A tenth is long enough
 * for a collector of garbage to come round.
 */
export function flatness({ name, readings, judged }: Series): Flatness {
  const parts = Array.from({ length: PARTS }, (_, part) => mean(slice(readings, part)));
  const half = parts.slice(PARTS / 2);
  const level = mean(half);
  const deviation = Math.max(...half.map((value) => Math.abs(value / level - 1)));
  const [start = 0, middle = 0, end = 0] = [parts[0], parts[PARTS / 2], parts[PARTS - 1]];
  return { name, start, middle, end, deviation, ...(judged && { flat: deviation <= TOLERANCE }) };
}

function slice(readings: readonly number[], part: number): readonly number[] {
  const at = (index: number) => Math.round((index * readings.length) / PARTS);
  return readings.slice(at(part), Math.max(at(part) + 1, at(part + 1)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
