import type { RouteMatch, StringMatch } from '#mesh/model/route.ts';
import type { StringMatch as IstioStringMatch } from '#mesh/schema/istio/virtual-service/string-match.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

export type HttpRule = ResourceOf<'VirtualService'>['spec']['http'][number];
export type HttpMatch = HttpRule['match'][number];

/** Istio's HTTPMatchRequest; `port`, `gateways` and `name` are not conditions of a request and are handled before. */
export function toMatch(match: HttpMatch): RouteMatch {
  return {
    ...stringMatches(match),
    ...(match.ignoreUriCase && { ignoreUriCase: true }),
    ...conditions({
      headers: match.headers,
      withoutHeaders: match.withoutHeaders,
      queryParams: match.queryParams,
    }),
    ...(Object.keys(match.sourceLabels).length > 0 && { sourceLabels: match.sourceLabels }),
    ...(match.sourceNamespace !== undefined && { sourceNamespace: match.sourceNamespace }),
  };
}

function stringMatches(match: HttpMatch): RouteMatch {
  return {
    ...(match.uri && { uri: toStringMatch(match.uri) }),
    ...(match.scheme && { scheme: toStringMatch(match.scheme) }),
    ...(match.method && { method: toStringMatch(match.method) }),
    ...(match.authority && { authority: toStringMatch(match.authority) }),
  };
}

type Conditions = Pick<RouteMatch, 'headers' | 'withoutHeaders' | 'queryParams'>;

/** Without the empty ones, so that a match without any condition is the empty object. */
function conditions(
  matches: Record<keyof Conditions, Readonly<Record<string, IstioStringMatch>>>,
): Conditions {
  return Object.fromEntries(
    Object.entries(matches)
      .filter(([, match]) => Object.keys(match).length > 0)
      .map(([field, match]) => [
        field,
        Object.fromEntries(Object.entries(match).map(([name, value]) => [name, toStringMatch(value)])),
      ]),
  );
}

/** An empty match (`end-user: {}`) asks for presence only. */
export function toStringMatch(match: IstioStringMatch): StringMatch {
  if (match.exact !== undefined) return { exact: match.exact };
  if (match.prefix !== undefined) return { prefix: match.prefix };
  return match.regex !== undefined ? { regex: match.regex } : { present: true };
}
