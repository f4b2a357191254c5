import { TOKEN_FILTER, TOKEN_PAYLOAD } from '#mesh/istiod/envoy/filters/rbac/tokens.ts';
import { nonEmpty } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import type { ClaimMatch, RouteMatch, StringMatch } from '#mesh/istiod/model/route.ts';
import { ownValue } from '#mesh/own-value.ts';

/** An Envoy RouteMatch. Header names are sorted, so that equal matches give equal configuration. */
export function routeMatch(match: RouteMatch, scope: Pick<Scope, 'role'>): envoy.RouteMatch {
  return {
    ...pathMatch(match),
    case_sensitive: match.ignoreUriCase ? false : undefined,
    headers: nonEmpty([
      ...sorted(match.headers).map(([name, value]) => headerMatch(name, value)),
      ...sorted(match.withoutHeaders).map(([name, value]) => withoutHeaderMatch(name, value)),
      ...pseudoHeaderMatches(match, scope),
    ]),
    dynamic_metadata: nonEmpty((match.claims ?? []).map(claimMatch)),
    query_parameters: nonEmpty(
      sorted(match.queryParams).map(([name, value]) =>
        'present' in value ? { name, present_match: true } : { name, string_match: stringMatcher(value) },
      ),
    ),
  };
}

/** A claim is a value or a list of them; for presence alone Istio asks for a text, which may be empty. */
function claimMatch({ path, value, not }: ClaimMatch): envoy.MetadataMatcher {
  const text = { string_match: 'present' in value ? { safe_regex: { regex: '.*' } } : stringMatcher(value) };
  return {
    filter: TOKEN_FILTER,
    path: [TOKEN_PAYLOAD, ...path].map((key) => ({ key })),
    value: { or_match: { value_matchers: [{ list_match: { one_of: text } }, text] } },
    invert: not,
  };
}

function pathMatch({ uri, wholeSegments }: RouteMatch): envoy.RouteMatch {
  if (!uri || 'present' in uri) {
    return { prefix: '/' };
  }
  if ('exact' in uri) {
    return { path: uri.exact };
  }
  if ('regex' in uri) {
    return { safe_regex: { regex: uri.regex } };
  }
  return wholeSegments ? { path_separated_prefix: uri.prefix } : { prefix: uri.prefix };
}

function headerMatch(name: string, value: StringMatch): envoy.HeaderMatcher {
  return 'present' in value ? { name, present_match: true } : { name, string_match: stringMatcher(value) };
}

/** A request without the header at all is without its value too, which Envoy must be told. */
function withoutHeaderMatch(name: string, value: StringMatch): envoy.HeaderMatcher {
  const missing = 'present' in value ? {} : { treat_missing_header_as_empty: true };
  return { ...headerMatch(name, value), invert_match: true, ...missing };
}

/** Requests through a proxy bear the scheme of their address, whatever else they say of how they have come. */
function pseudoHeaderMatches(
  { method, authority, scheme }: RouteMatch,
  { role }: Pick<Scope, 'role'>,
): envoy.HeaderMatcher[] {
  const schemeHeader = role === 'gateway' ? ':scheme' : 'x-forwarded-proto';
  return Object.entries({ ':method': method, ':authority': authority, [schemeHeader]: scheme }).flatMap(
    ([name, value]) => (value ? [headerMatch(name, value)] : []),
  );
}

function sorted<T>(record: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether a route is for callers like this proxy: decided here, not for each request, as in Istio. */
export function matchesSource(
  { sourceLabels, sourceNamespace }: Pick<RouteMatch, 'sourceLabels' | 'sourceNamespace'>,
  scope: Pick<Scope, 'namespace' | 'labels'>,
): boolean {
  return (
    (sourceNamespace === undefined || sourceNamespace === scope.namespace) &&
    Object.entries(sourceLabels ?? {}).every(([key, value]) => ownValue(scope.labels, key) === value)
  );
}

/** An Envoy StringMatcher; a match for presence is the caller's, because each field says it in its own way. */
export function stringMatcher(match: Exclude<StringMatch, { readonly present: true }>): envoy.StringMatcher {
  return 'regex' in match ? { safe_regex: { regex: match.regex } } : { ...match };
}
