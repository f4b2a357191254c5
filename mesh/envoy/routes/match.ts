import type { JsonObject } from '#mesh/envoy/config.ts';
import { nonEmpty, present } from '#mesh/envoy/json.ts';
import { stringMatcher } from '#mesh/envoy/routes/string-match.ts';
import type { RouteMatch, StringMatch } from '#mesh/model/route.ts';

/** An Envoy RouteMatch. Header names are sorted, so that equal matches give equal configuration. */
export function routeMatch(match: RouteMatch): JsonObject {
  return present({
    ...pathMatch(match.uri),
    case_sensitive: match.ignoreUriCase ? false : undefined,
    headers: nonEmpty([
      ...sorted(match.headers).map(([name, value]) => headerMatch(name, value)),
      ...sorted(match.withoutHeaders).map(([name, value]) => withoutHeaderMatch(name, value)),
      ...pseudoHeaderMatches(match),
    ]),
    query_parameters: nonEmpty(
      sorted(match.queryParams).map(([name, value]) =>
        'present' in value ? { name, present_match: true } : { name, string_match: stringMatcher(value) },
      ),
    ),
  });
}

function pathMatch(uri: StringMatch | undefined): JsonObject {
  if (!uri || 'present' in uri) {
    return { prefix: '/' };
  }
  if ('exact' in uri) {
    return { path: uri.exact };
  }
  return 'prefix' in uri ? { prefix: uri.prefix } : { safe_regex: { regex: uri.regex } };
}

function headerMatch(name: string, value: StringMatch): JsonObject {
  return 'present' in value ? { name, present_match: true } : { name, string_match: stringMatcher(value) };
}

/** A request without the header at all is without its value too, which Envoy must be told. */
function withoutHeaderMatch(name: string, value: StringMatch): JsonObject {
  const missing = 'present' in value ? {} : { treat_missing_header_as_empty: true };
  return { ...headerMatch(name, value), invert_match: true, ...missing };
}

function pseudoHeaderMatches({ method, authority, scheme }: RouteMatch): JsonObject[] {
  return Object.entries({ ':method': method, ':authority': authority, ':scheme': scheme }).flatMap(
    ([name, value]) => (value ? [headerMatch(name, value)] : []),
  );
}

function sorted<T>(record: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
