import type { StringMatch as IstioStringMatch } from '#mesh/istiod/config/schema/istio/virtual-service/http-match.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { ClaimMatch, RouteMatch, StringMatch } from '#mesh/istiod/model/route.ts';

export type HttpRule = ResourceOf<'VirtualService'>['spec']['http'][number];
export type HttpMatch = HttpRule['match'][number];

/** Istio's HTTPMatchRequest; `port`, `gateways` and `name` are not conditions of a request and are handled before. */
export function toMatch(match: HttpMatch): RouteMatch {
  return {
    ...stringMatches(match),
    ...(match.ignoreUriCase && { ignoreUriCase: true }),
    ...conditions({
      headers: ofHeaders(match.headers),
      withoutHeaders: ofHeaders(match.withoutHeaders),
      queryParams: match.queryParams,
    }),
    ...claimMatches(match),
    ...callers(match),
  };
}

/** As in Istio, a match that names gateways is for whoever has them, whatever it says of the caller. */
function callers({ gateways, sourceLabels, sourceNamespace }: HttpMatch): RouteMatch {
  if (gateways.length > 0) return {};
  return {
    ...(Object.keys(sourceLabels).length > 0 && { sourceLabels }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
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

type Matches = HttpMatch['headers'];

/** What stands among the headers, and means the token's claims (https://istio.io/latest/docs/tasks/security/authentication/jwt-route/). */
const CLAIM = '@request.auth.claims';

function ofHeaders(matches: Matches): Matches {
  return Object.fromEntries(Object.entries(matches).filter(([name]) => claimPath(name) === undefined));
}

function claimMatches({ headers, withoutHeaders }: HttpMatch): Pick<RouteMatch, 'claims'> {
  const claims = [
    ...claimsIn(headers),
    ...claimsIn(withoutHeaders).map((one) => ({ ...one, not: true as const })),
  ];
  return claims.length > 0 ? { claims } : {};
}

function claimsIn(matches: Matches): ClaimMatch[] {
  return Object.entries(matches).flatMap(([name, value]) => {
    const path = claimPath(name);
    return path ? [{ path, value: toStringMatch(value) }] : [];
  });
}

/** `@request.auth.claims.a.b`, or `@request.auth.claims[a][b]` for names that hold dots. */
function claimPath(name: string): readonly string[] | undefined {
  if (!name.toLowerCase().startsWith(CLAIM)) return undefined;
  const rest = name.slice(CLAIM.length);
  if (/^(\.[^.[\]]+)+$/.test(rest)) return rest.slice(1).split('.');
  return /^(\[[^[\]]+\])+$/.test(rest) ? rest.slice(1, -1).split('][') : undefined;
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
