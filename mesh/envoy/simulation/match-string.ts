import type { Json, JsonObject } from '#mesh/envoy/config.ts';
import { textAt } from '#mesh/envoy/simulation/read.ts';

/** Whether an Envoy StringMatcher takes the value. */
export function stringMatches(matcher: JsonObject, value: string): boolean {
  const { exact, prefix } = matcher;
  if (typeof exact === 'string') {
    return value === exact;
  }
  if (typeof prefix === 'string') {
    return value.startsWith(prefix);
  }
  const regex = textAt(matcher, 'safe_regex', 'regex');
  return regex !== undefined && fullMatch(regex, value);
}

/** As a person would say it: `= jason`, `starts with /api`, `matches v.*`. */
export function describeMatcher(matcher: Json | undefined): string {
  const exact = textAt(matcher, 'exact');
  const prefix = textAt(matcher, 'prefix');
  if (exact !== undefined) {
    return `= ${exact}`;
  }
  return prefix === undefined
    ? `matches ${textAt(matcher, 'safe_regex', 'regex') ?? ''}`
    : `starts with ${prefix}`;
}

/** RE2 as far as JavaScript has it: the whole value, and flags such as `(?i)` at the beginning. */
export function fullMatch(regex: string, value: string): boolean {
  const [, flags = '', body = regex] = /^\(\?([imsU]+)\)([\s\S]*)$/.exec(regex) ?? [];
  try {
    return new RegExp(`^(?:${body})$`, flags.replace('U', '')).test(value);
  } catch {
    return false;
  }
}
