import type { AnyRoute, GrpcMatch, HttpMatch, ValueMatch } from '#mesh/istiod/config/gateway-api/objects.ts';
import { re2Problem } from '#mesh/istiod/model/re2.ts';
import type { Route, RouteMatch, StringMatch } from '#mesh/istiod/model/route.ts';

/** A route, and the object that it comes from, whose age decides among equals. */
export interface RankedRoute {
  readonly route: Route;
  readonly of: AnyRoute;
}

/** What a rule matches; no match at all means every request. */
export function toMatches(kind: string, matches: readonly (HttpMatch | GrpcMatch)[]): RouteMatch[] {
  if (matches.length === 0) return [{}];
  return matches.map((match) =>
    kind === 'GRPCRoute' ? grpcMatch(match as GrpcMatch) : httpMatch(match as HttpMatch),
  );
}

/** Why a rule's matches cannot be carried out: an Envoy would refuse the expression, and with it everything else. */
export function matchProblem(kind: string, matches: readonly (HttpMatch | GrpcMatch)[]): string | undefined {
  const texts = toMatches(kind, matches).flatMap(({ uri, headers = {}, queryParams = {} }) =>
    [uri, ...Object.values(headers), ...Object.values(queryParams)].flatMap((one) =>
      one && 'regex' in one ? [one.regex] : [],
    ),
  );
  for (const text of texts) {
    const problem = re2Problem(text);
    if (problem !== undefined) return `\`${text}\` is no regular expression of RE2: ${problem}`;
  }
  return undefined;
}

function httpMatch({ path, headers, queryParams, method }: HttpMatch): RouteMatch {
  return {
    ...pathMatch(path),
    ...(method !== undefined && { method: { exact: method } }),
    ...valueMatches('headers', headers),
    ...valueMatches('queryParams', queryParams),
  };
}

/** A prefix means whole segments: `/v2` takes `/v2/x` and not `/v2x`. */
function pathMatch({ type = 'PathPrefix', value = '/' }: NonNullable<HttpMatch['path']> = {}): RouteMatch {
  if (type === 'Exact') return { uri: { exact: value } };
  if (type === 'RegularExpression') return { uri: { regex: value } };
  const prefix = value.replace(/\/+$/, '');
  return prefix === '' ? {} : { uri: { prefix }, wholeSegments: true };
}

function grpcMatch({ method, headers }: GrpcMatch): RouteMatch {
  const uri = method && methodMatch(method);
  return { ...(uri && { uri }), ...valueMatches('headers', headers) };
}

/** gRPC's path is `/service/method`. */
function methodMatch({
  type = 'Exact',
  service,
  method,
}: NonNullable<GrpcMatch['method']>): StringMatch | undefined {
  if (service === undefined && method === undefined) return undefined;
  if (type === 'RegularExpression') return { regex: `/${service ?? '[^/]+'}/${method ?? '.+'}` };
  if (service === undefined) return { regex: `/[^/]+/${method?.replace(/[.+*?]/g, '\\$&')}` };
  return method === undefined ? { prefix: `/${service}/` } : { exact: `/${service}/${method}` };
}

/** Of two conditions on one name the first one counts. */
function valueMatches(field: 'headers' | 'queryParams', values: readonly ValueMatch[] = []): RouteMatch {
  if (values.length === 0) return {};
  const matches = new Map<string, StringMatch>();
  for (const { name, value, type } of values) {
    const key = field === 'headers' ? name.toLowerCase() : name;
    if (!matches.has(key))
      matches.set(key, type === 'RegularExpression' ? { regex: value } : { exact: value });
  }
  return { [field]: Object.fromEntries(matches) };
}

/**
 * The specification's order of all rules of one host, whichever route they come from: exact paths, then longer prefixes, then
 * those with a method, with more headers, with more query parameters; the older route, then by name.
 */
export function inOrder(routes: readonly RankedRoute[]): readonly Route[] {
  const ranked = routes.map((one, index) => ({ ...one, index, rank: rankOf(one.route.match) }));
  ranked.sort((one, other) => {
    for (const [index, rank] of one.rank.entries()) {
      const difference = (other.rank[index] ?? 0) - rank;
      if (difference !== 0) return difference;
    }
    return byAge(one.of, other.of) || one.index - other.index;
  });
  return ranked.map(({ route }) => route);
}

function rankOf({ uri, method, headers = {}, queryParams = {} }: RouteMatch): readonly number[] {
  const kind = !uri || 'present' in uri ? 0 : 'exact' in uri ? 3 : 'prefix' in uri ? 2 : 1;
  const text =
    !uri || 'present' in uri ? '' : 'exact' in uri ? uri.exact : 'prefix' in uri ? uri.prefix : uri.regex;
  return [
    // Regular expressions stand beside prefixes, and the longer one comes first.
    kind === 3 ? 2 : kind === 0 ? 0 : 1,
    text.length,
    method ? 1 : 0,
    Object.keys(headers).length,
    Object.keys(queryParams).length,
  ];
}

function byAge({ metadata: one }: AnyRoute, { metadata: other }: AnyRoute): number {
  if (one.creationTimestamp !== other.creationTimestamp)
    return one.creationTimestamp < other.creationTimestamp ? -1 : 1;
  const [left, right] = [`${one.namespace}/${one.name}`, `${other.namespace}/${other.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
