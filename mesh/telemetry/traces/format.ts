import { ownValue } from '#mesh/own-value.ts';

/** A duration for people, of microseconds: `850 µs`, `12.3 ms`, `1.25 s`, `2 min 5 s`. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 999_500) return `${trimmed(microseconds / 1000, 3)} ms`;
  const seconds = microseconds / 1_000_000;
  if (seconds < 60) return `${trimmed(seconds, 3)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** With as many digits as count, at most one of them after a point that follows two others. */
function trimmed(value: number, digits: number): string {
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(value)));
  return String(Number(value.toFixed(Math.min(decimals, 2))));
}

const units: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/** Microseconds of `250us`, `100ms`, `1.5s` or `2m`; a number alone is milliseconds. Undefined if it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*([a-zµ]+)?$/.exec(text.trim().toLowerCase()) ?? [];
  const factor = ownValue(units, unit);
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}

/** The time of day on this machine's clock, of microseconds since 1970: `12:43:09.163`. */
export function formatTime(microseconds: number): string {
  const date = new Date(microseconds / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `1 span`, `2 spans`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
