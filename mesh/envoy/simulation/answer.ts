import type { JsonObject } from '#mesh/envoy/config.ts';
import type { Explanation } from '#mesh/envoy/simulation/explanation.ts';
import { numberAt, objectAt, textAt } from '#mesh/envoy/simulation/read.ts';
import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';

const REDIRECT_CODES: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** The answer of a route that forwards nothing. */
export function answerOf(route: JsonObject, request: SimulatedRequest): Explanation['answer'] {
  const direct = objectAt(route, 'direct_response');
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
  return redirect && redirectAnswer(redirect, request);
}

function redirectAnswer(redirect: JsonObject, request: SimulatedRequest): Explanation['answer'] {
  const scheme = textAt(redirect, 'scheme_redirect') ?? request.scheme;
  const host = textAt(redirect, 'host_redirect') ?? request.host;
  const port = numberAt(redirect, 'port_redirect');
  const path = textAt(redirect, 'path_redirect') ?? request.path;
  return {
    status: REDIRECT_CODES[textAt(redirect, 'response_code') ?? 'MOVED_PERMANENTLY'] ?? 301,
    why: 'the route redirects',
    location: `${scheme}://${host}${port === undefined ? '' : `:${port}`}${path}`,
  };
}
