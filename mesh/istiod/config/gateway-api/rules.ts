import type { Attachment } from '#mesh/istiod/config/gateway-api/attachment.ts';
import {
  type At,
  corsOf,
  headersOf,
  rewriteOf,
  timeoutsOf,
  toRedirect,
} from '#mesh/istiod/config/gateway-api/http-filters.ts';
import { matchProblem, type RankedRoute, toMatches } from '#mesh/istiod/config/gateway-api/matches.ts';
import {
  type BackendReference,
  documentOf,
  type Filter,
  type GatewayApiObjects,
  GROUP,
  type GrpcRoute,
  type HttpRoute,
  type HttpRule,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { type Referrer, resolveBackend } from '#mesh/istiod/config/gateway-api/references.ts';
import { parseDuration } from '#mesh/istiod/config/schema/fields.ts';
import {
  DEFAULT_RETRY,
  type DirectResponse,
  type Mirror,
  type Origin,
  type RetryPolicy,
  type RouteAction,
  type RouteMatch,
  type WeightedDestination,
} from '#mesh/istiod/model/route.ts';

/** A host that does not exist: requests for it get 500, as the specification demands for a backend that may not be used. */
const UNKNOWN = 'UnknownService';

/** A request for which a rule has no backend at all. */
const NO_BACKEND: DirectResponse = { kind: 'direct-response', status: 500 };

export function referrerOf({ kind, route }: Pick<Attachment, 'kind' | 'route'>): Referrer {
  return { group: GROUP, kind, namespace: route.metadata.namespace ?? '' };
}

/** The rules of an HTTPRoute or GRPCRoute at one listener, a route for each match, with what their order depends on. */
export function routesOfRules(
  attachment: Attachment,
  at: At,
  objects: GatewayApiObjects,
): readonly RankedRoute[] {
  const route = attachment.route as HttpRoute | GrpcRoute;
  const rules: readonly HttpRule[] = (route.spec.rules ?? []) as readonly HttpRule[];
  return rules.flatMap((rule, index) => {
    if (matchProblem(attachment.kind, rule.matches ?? []) !== undefined) return [];
    const origin = originOf(attachment, index, objects);
    const matches = toMatches(attachment.kind, rule.matches ?? []);
    return matches.map((match) => ({
      route: {
        name: rule.name ?? 'default',
        match,
        action: toAction(rule, { at, match, from: referrerOf(attachment), objects }),
        origin,
      },
      of: route,
    }));
  });
}

/** A rule of a route as what decides: by its line in a file, else by its object and field. */
export function originOf(
  { kind, route }: Pick<Attachment, 'kind' | 'route'>,
  rule: number,
  objects: Pick<GatewayApiObjects, 'files'>,
): Origin {
  const { name, namespace = '' } = route.metadata;
  return { kind, name, namespace, position: documentOf(route, objects).at(['spec', 'rules', rule]) };
}

interface RuleContext {
  readonly at: At;
  readonly match: RouteMatch;
  readonly from: Referrer;
  readonly objects: GatewayApiObjects;
}

function toAction(rule: HttpRule, { at, match, from, objects }: RuleContext): RouteAction {
  const { filters = [], backendRefs = [], timeouts, retry } = rule;
  if (filters.some(({ type }) => !supportedFilters.has(type))) return NO_BACKEND;
  const redirect = filters.find(({ requestRedirect }) => requestRedirect)?.requestRedirect;
  if (redirect) return toRedirect(redirect, at, match.uri);
  const destinations = toDestinations(backendRefs, from, objects);
  if (destinations.every(({ weight }) => weight === 0)) return NO_BACKEND;
  const { request, backendRequest } = timeoutsOf(timeouts);
  const headers = headersOf(filters);
  const rewrite = rewriteOf(filters, match.uri);
  const cors = corsOf(filters);
  return {
    kind: 'forward',
    destinations,
    timeout: request,
    retries: { ...toRetries(retry), ...(backendRequest && { perTryTimeout: backendRequest }) },
    mirrors: mirrorsOf(filters, from, objects),
    unknownStatus: 500,
    ...(rewrite && { rewrite }),
    ...(headers && { headers }),
    ...(cors && { cors }),
  };
}

/** The types of filter that are carried out. A rule with another one must not be followed without it. */
export const supportedFilters: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestRedirect',
  'URLRewrite',
  'RequestMirror',
  'CORS',
]);

/** Backends with their weights; what is sent to one that may not be used fails, and is not given to the others. */
export function toDestinations(
  backends: readonly BackendReference[],
  from: Referrer,
  objects: GatewayApiObjects,
): WeightedDestination[] {
  return backends.map((reference) => {
    const resolved = resolveBackend(reference, from, objects);
    const headers = headersOf(reference.filters ?? []);
    const destination =
      'backend' in resolved ? resolved.backend : { host: UNKNOWN, port: reference.port ?? 80 };
    return { ...destination, weight: reference.weight ?? 1, ...(headers && { headers }) };
  });
}

/** Mirrors whose backend may be used; the others get nothing, and the request is not troubled by it. */
function mirrorsOf(filters: readonly Filter[], from: Referrer, objects: GatewayApiObjects): Mirror[] {
  return filters.flatMap(({ requestMirror }) => {
    if (!requestMirror) return [];
    const { backendRef, percent, fraction } = requestMirror;
    const resolved = resolveBackend(backendRef, from, objects);
    const share = fraction && (fraction.numerator / (fraction.denominator ?? 100)) * 100;
    return 'backend' in resolved ? [{ ...resolved.backend, percentage: percent ?? share ?? 100 }] : [];
  });
}

/** Where nothing is said, what Istio does by default: two more attempts, and failed connections always. */
function toRetries(retry: HttpRule['retry']): RetryPolicy {
  if (!retry) return DEFAULT_RETRY;
  const { codes = [], attempts = 2, backoff } = retry;
  const pause = parseDuration(backoff ?? '');
  return {
    ...DEFAULT_RETRY,
    attempts,
    retriableStatusCodes: codes,
    ...(pause && { backoff: pause }),
  };
}
