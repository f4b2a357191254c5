import type { JsonObject } from '#mesh/envoy/config.ts';
import { describeMatcher, fullMatch, stringMatches } from '#mesh/envoy/simulation/match-string.ts';
import { at, listAt, objectAt, textAt } from '#mesh/envoy/simulation/read.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/envoy/simulation/request.ts';

/** One condition of a route, in words, and whether the request meets it. */
export interface Condition {
  readonly text: string;
  readonly met: boolean;
}

/** Everything that a route demands of a request. HTTPS comes as CONNECT, whose inside no route can see. */
export function conditionsOf(route: JsonObject, request: SimulatedRequest): readonly Condition[] {
  const match = objectAt(route, 'match') ?? {};
  const isTunnel = request.scheme === 'https';
  if ('connect_matcher' in match) {
    return [{ text: 'a CONNECT tunnel', met: isTunnel }];
  }
  if (isTunnel) {
    return [{ text: 'readable HTTP, not a CONNECT tunnel', met: false }];
  }
  return requestConditions(match, request);
}

/** The conditions of a request whose inside is seen, as a gateway sees HTTPS after its certificate. */
export function requestConditions(match: JsonObject, request: SimulatedRequest): readonly Condition[] {
  return [
    pathCondition(match, request.path.split('?')[0] ?? ''),
    ...listAt(match, 'headers').map((header) => headerCondition(header, request)),
    ...listAt(match, 'query_parameters').map((parameter) => queryCondition(parameter, request)),
  ];
}

function pathCondition(match: JsonObject, path: string): Condition {
  const fold = (text: string) => (match['case_sensitive'] === false ? text.toLowerCase() : text);
  const exact = textAt(match, 'path');
  const regex = textAt(match, 'safe_regex', 'regex');
  if (exact !== undefined) {
    return { text: `path = ${exact}`, met: fold(path) === fold(exact) };
  }
  if (regex !== undefined) {
    return { text: `path matches ${regex}`, met: fullMatch(regex, path) };
  }
  const prefix = textAt(match, 'prefix') ?? '/';
  return {
    text: prefix === '/' ? 'every path' : `path starts with ${prefix}`,
    met: fold(path).startsWith(fold(prefix)),
  };
}

function headerCondition(header: JsonObject, request: SimulatedRequest): Condition {
  const name = textAt(header, 'name') ?? '';
  const value = headerValue(name, request);
  const isInverted = header['invert_match'] === true;
  const found = valueMatches(header, value);
  const what = at(header, 'present_match') === true ? 'is there' : describeMatcher(header['string_match']);
  const missing = value === undefined && !('present_match' in header) && !isInverted ? ' (absent)' : '';
  return {
    text: `header ${name} ${isInverted ? 'not: ' : ''}${what}${missing}`,
    met: found !== isInverted,
  };
}

function valueMatches(matcher: JsonObject, value: string | undefined): boolean {
  if (matcher['present_match'] === true) {
    return value !== undefined;
  }
  const string = objectAt(matcher, 'string_match');
  return value !== undefined && string !== undefined && stringMatches(string, value);
}

function headerValue(name: string, request: SimulatedRequest): string | undefined {
  switch (name) {
    case ':method':
      return request.method;
    case ':authority':
      return authorityOf(request);
    case ':scheme':
      return request.scheme;
    default:
      return request.headers[name.toLowerCase()];
  }
}

function queryCondition(parameter: JsonObject, { path }: SimulatedRequest): Condition {
  const name = textAt(parameter, 'name') ?? '';
  const value = new URLSearchParams(path.split('?')[1] ?? '').get(name) ?? undefined;
  const what = parameter['present_match'] === true ? 'is there' : describeMatcher(parameter['string_match']);
  return { text: `query ${name} ${what}`, met: valueMatches(parameter, value) };
}
