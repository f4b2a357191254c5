import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { CORS_FILTER } from '#mesh/istiod/envoy/routes/cors.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import { stringMatches } from '#mesh/istiod/explain/matchers.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import { rewrittenPath } from '#mesh/istiod/explain/received.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';

type Answer = Explanation['answer'];

const REDIRECT_CODES: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** The answer that a proxy gives by itself: to a preflight, or by a route that forwards nothing. */
export function ownAnswer(route: JsonObject, request: SimulatedRequest): Answer {
  const direct = objectAt(route, 'direct_response');
  if (isAnsweredPreflight(route, request)) {
    return { status: 200, why: 'the route’s CORS policy answers the preflight' };
  }
  if (direct) {
    const isBlocked = route['name'] === 'block_all' || route['name'] === 'connect';
    return {
      status: numberAt(direct, 'status') ?? 0,
      why: isBlocked
        ? 'the host is not in the registry, and the outbound policy is REGISTRY_ONLY'
        : 'the route answers directly',
    };
  }
  const redirect = objectAt(route, 'redirect');
  return redirect && redirectAnswer(redirect, route, request);
}

function isAnsweredPreflight(route: JsonObject, { method, headers }: SimulatedRequest): boolean {
  const cors = objectAt(route, 'typed_per_filter_config', CORS_FILTER);
  const { origin } = headers;
  if (!cors || method !== 'OPTIONS' || !origin || !headers['access-control-request-method']) return false;
  // A matcher that takes `*` takes every origin.
  const isKnown = listAt(cors, 'allow_origin_string_match').some(
    (one) => stringMatches(one, '*') || stringMatches(one, origin),
  );
  return isKnown || at(cors, 'forward_not_matching_preflights') === false;
}

function redirectAnswer(redirect: JsonObject, route: JsonObject, request: SimulatedRequest): Answer {
  const scheme = textAt(redirect, 'scheme_redirect') ?? request.scheme;
  const port = numberAt(redirect, 'port_redirect');
  const host = textAt(redirect, 'host_redirect') ?? hostFor(request, { scheme, port });
  return {
    status: REDIRECT_CODES[textAt(redirect, 'response_code') ?? 'MOVED_PERMANENTLY'] ?? 301,
    why: 'the route redirects',
    location: `${scheme}://${host}${port === undefined ? '' : `:${port}`}${redirectedPath(redirect, route, request)}`,
  };
}

function redirectedPath(redirect: JsonObject, route: JsonObject, { path }: SimulatedRequest): string {
  const fixed = textAt(redirect, 'path_redirect');
  if (fixed === undefined) return rewrittenPath(path, route, redirect);
  const [, ...query] = path.split('?');
  const whole = fixed.startsWith('/') ? fixed : `/${fixed}`;
  return fixed.includes('?') ? whole : [whole, ...query].join('?');
}

/** The host that was asked; without its port where another is given, or where it was the old scheme’s own. */
function hostFor(
  request: SimulatedRequest,
  { scheme, port }: { readonly scheme: string; readonly port: number | undefined },
): string {
  const authority = authorityOf(request);
  const [, host = authority, asked] = /^(.*):(\d+)$/.exec(authority) ?? [];
  const own = request.scheme === 'http' ? '80' : '443';
  return port !== undefined || (scheme !== request.scheme && asked === own) ? host : authority;
}

/** Where a gateway sends plain HTTP that has to come by HTTPS. */
export function httpsRedirect(request: SimulatedRequest): NonNullable<Answer> {
  const location = `https://${hostFor(request, { scheme: 'https', port: undefined })}${request.path}`;
  return { status: 301, why: 'the gateway redirects to HTTPS', location };
}
