import type { JsonObject } from '#mesh/envoy/config.ts';

/** `exact`, `prefix*`, `*suffix`, or `*` for anything that is not empty, as an Envoy StringMatcher. */
export function stringPattern(value: string): JsonObject {
  if (value === '*') return { safe_regex: { regex: '.+' } };
  if (value.startsWith('*')) return { suffix: value.slice(1) };
  return value.endsWith('*') ? { prefix: value.slice(0, -1) } : { exact: value };
}

/** A header with one of these patterns, where `*` asks for its presence. */
export function headerPattern(name: string, value: string, { ignoreCase = false } = {}): JsonObject {
  if (value === '*') return { name, present_match: true };
  return { name, string_match: { ...stringPattern(value), ...(ignoreCase && { ignore_case: true }) } };
}

/** `10.0.0.0/8`; an address alone is a block of one. */
export function addressBlock(value: string): JsonObject {
  const [address = '', length] = value.split('/');
  const whole = address.includes(':') ? 128 : 32;
  return { address_prefix: address, prefix_len: length === undefined ? whole : Number(length) };
}
