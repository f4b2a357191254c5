import { BlockList, isIPv6 } from 'node:net';
import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { re2, re2Problem } from '#mesh/istiod/model/re2.ts';
import { ownValue } from '#mesh/own-value.ts';

/** Whether an Envoy StringMatcher takes the text. */
export function stringMatches(matcher: JsonObject, text: string): boolean {
  const fold = (value: string) => (matcher['ignore_case'] === true ? value.toLowerCase() : value);
  const { exact, prefix, suffix, contains } = matcher;
  if (typeof exact === 'string') return fold(text) === fold(exact);
  if (typeof prefix === 'string') return fold(text).startsWith(fold(prefix));
  if (typeof suffix === 'string') return fold(text).endsWith(fold(suffix));
  if (typeof contains === 'string') return fold(text).includes(fold(contains));
  const regex = textAt(matcher, 'safe_regex', 'regex');
  return regex !== undefined && fullMatch(regex, text);
}

/** Whether an expression takes the whole value, as Envoy wants it. One that is none, which an Envoy would refuse, takes nothing. */
export function fullMatch(regex: string, value: string): boolean {
  return re2Problem(regex) === undefined && re2(regex).matches(value);
}

/** Whether an Envoy HeaderMatcher takes the request. */
export function headerMatches(matcher: JsonObject, request: SimulatedRequest): boolean {
  const found = headerValue(textAt(matcher, 'name') ?? '', request);
  const value = found ?? (matcher['treat_missing_header_as_empty'] === true ? '' : undefined);
  return presentOrMatches(matcher, value) !== (matcher['invert_match'] === true);
}

export function headerValue(name: string, request: SimulatedRequest): string | undefined {
  switch (name.toLowerCase()) {
    case ':method':
      return request.method;
    case ':authority':
    case 'host':
      return authorityOf(request);
    case ':scheme':
      return request.scheme;
    case ':path':
      return request.path;
    case 'x-forwarded-proto':
      // A proxy says so where the request does not.
      return ownValue(request.headers, name) ?? request.scheme;
    default:
      return ownValue(request.headers, name.toLowerCase());
  }
}

/** Whether the raw value of a request's parameter fits: Envoy decodes nothing. */
export function parameterMatches(parameter: JsonObject, { path }: SimulatedRequest): boolean {
  const [, ...query] = path.split('?');
  const pairs = query
    .join('?')
    .split('&')
    .map((pair) => pair.split('='));
  const found = pairs.find(([name]) => name === textAt(parameter, 'name'));
  return presentOrMatches(parameter, found?.slice(1).join('='));
}

function presentOrMatches(matcher: JsonObject, value: string | undefined): boolean {
  if (matcher['present_match'] === true) return value !== undefined;
  const string = objectAt(matcher, 'string_match');
  return value !== undefined && string !== undefined && stringMatches(string, value);
}

/** Filter's name → what it has left of the request for others. */
export type Metadata = Readonly<Record<string, Json>>;

/** Whether an Envoy MetadataMatcher takes what filters have left. */
export function metadataMatches(matcher: JsonObject, metadata: Metadata): boolean {
  const path = listAt(matcher, 'path').map((segment) => textAt(segment, 'key') ?? '');
  const value = at(ownValue(metadata, textAt(matcher, 'filter') ?? ''), ...path);
  return valueMatches(objectAt(matcher, 'value') ?? {}, value) !== (matcher['invert'] === true);
}

function valueMatches(matcher: JsonObject, value: Json | undefined): boolean {
  const string = objectAt(matcher, 'string_match');
  if (string) return typeof value === 'string' && stringMatches(string, value);
  const item = objectAt(matcher, 'list_match', 'one_of');
  if (item) return Array.isArray(value) && value.some((one) => valueMatches(item, one));
  return listAt(matcher, 'or_match', 'value_matchers').some((one) => valueMatches(one, value));
}

/** Whether a path fits a template: `*` is one segment, `**` any number of them. */
export function templateMatches(template: string, path: string): boolean {
  const parts = template.split(/(\*\*?)/).map((part) => {
    if (part === '*') return '[^/]+';
    return part === '**' ? '.*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`).test(path);
}

/** Whether an Envoy CidrRange holds the address. */
export function isWithin(range: JsonObject | undefined, address: string): boolean {
  const network = textAt(range, 'address_prefix') ?? '';
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, numberAt(range, 'prefix_len') ?? 0, family);
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
