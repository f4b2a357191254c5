import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import {
  fullMatch,
  headerMatches,
  headerValue,
  type Metadata,
  metadataMatches,
  parameterMatches,
} from '#mesh/istiod/explain/matchers.ts';
import { at, listAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';

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
export function requestConditions(
  match: JsonObject,
  request: SimulatedRequest,
  metadata: Metadata = {},
): readonly Condition[] {
  return [
    pathCondition(match, request.path.split('?')[0] ?? ''),
    ...listAt(match, 'headers').map((header) => headerCondition(header, request)),
    ...listAt(match, 'dynamic_metadata').map((matcher) => claimCondition(matcher, metadata)),
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
  const separated = textAt(match, 'path_separated_prefix');
  if (separated !== undefined) {
    const [asked, whole] = [fold(path), fold(separated)];
    return {
      text: `path is ${separated} or below it`,
      met: asked === whole || asked.startsWith(`${whole}/`),
    };
  }
  const prefix = textAt(match, 'prefix') ?? '/';
  return {
    text: prefix === '/' ? 'every path' : `path starts with ${prefix}`,
    met: fold(path).startsWith(fold(prefix)),
  };
}

function claimCondition(matcher: JsonObject, metadata: Metadata): Condition {
  const [, ...keys] = listAt(matcher, 'path').map((segment) => textAt(segment, 'key') ?? '');
  const what = describeMatcher(at(matcher, 'value', 'or_match', 'value_matchers', 1, 'string_match'));
  const missing = Object.keys(metadata).length === 0 ? ' (no token)' : '';
  return {
    text: `claim ${keys.join('.')} of the token ${matcher['invert'] === true ? 'not: ' : ''}${what}${missing}`,
    met: metadataMatches(matcher, metadata),
  };
}

function headerCondition(header: JsonObject, request: SimulatedRequest): Condition {
  const name = textAt(header, 'name') ?? '';
  const isInverted = header['invert_match'] === true;
  const what = at(header, 'present_match') === true ? 'is there' : describeMatcher(header['string_match']);
  const isMissing = headerValue(name, request) === undefined && !('present_match' in header) && !isInverted;
  return {
    text: `header ${name} ${isInverted ? 'not: ' : ''}${what}${isMissing ? ' (absent)' : ''}`,
    met: headerMatches(header, request),
  };
}

function queryCondition(parameter: JsonObject, request: SimulatedRequest): Condition {
  const name = textAt(parameter, 'name') ?? '';
  const what = parameter['present_match'] === true ? 'is there' : describeMatcher(parameter['string_match']);
  return { text: `query ${name} ${what}`, met: parameterMatches(parameter, request) };
}

/** As a person would say it: `= jason`, `starts with /api`, `matches v.*`. */
function describeMatcher(matcher: Json | undefined): string {
  const exact = textAt(matcher, 'exact');
  const prefix = textAt(matcher, 'prefix');
  if (exact !== undefined) {
    return `= ${exact}`;
  }
  return prefix === undefined
    ? `matches ${textAt(matcher, 'safe_regex', 'regex') ?? ''}`
    : `starts with ${prefix}`;
}

export interface MatchedVirtualHost {
  readonly virtualHost: JsonObject;
  readonly domain: string;
}

/** Envoy's order: the exact domain, the longest `*.suffix`, the longest `prefix.*`, and `*` last. */
export function matchVirtualHost(routes: JsonObject, authority: string): MatchedVirtualHost | undefined {
  const host = (
    at(routes, 'ignore_port_in_host_matching') === true ? authority.replace(/:\d+$/, '') : authority
  ).toLowerCase();
  const candidates = listAt(routes, 'virtual_hosts').flatMap((virtualHost) =>
    domainsOf(virtualHost).map((domain) => ({ virtualHost, domain })),
  );
  return candidates
    .filter(({ domain }) => domainMatches(domain.toLowerCase(), host))
    .sort((a, b) => rank(b.domain) - rank(a.domain))[0];
}

function domainsOf(virtualHost: JsonObject): readonly string[] {
  const domains = at(virtualHost, 'domains');
  return Array.isArray(domains) ? domains.filter((domain) => typeof domain === 'string') : [];
}

function domainMatches(domain: string, host: string): boolean {
  if (domain === '*') {
    return true;
  }
  if (domain.startsWith('*')) {
    return host.length > domain.length - 1 && host.endsWith(domain.slice(1));
  }
  return domain.endsWith('*') ? host.startsWith(domain.slice(0, -1)) : domain === host;
}

/** Kinds are a million apart, because no name is that long. */
function rank(domain: string): number {
  if (domain === '*') {
    return 0;
  }
  if (domain.endsWith('*')) {
    return 1_000_000 + domain.length;
  }
  return (domain.startsWith('*') ? 2_000_000 : 3_000_000) + domain.length;
}
