import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { peerHeader } from '#mesh/envoy/metrics/peer-metadata.ts';
import { routeMetadata } from '#mesh/envoy/origin-metadata.ts';
import { CORS_FILTER, corsConfig } from '#mesh/envoy/routes/cors.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';
import { FAULT_FILTER, faultConfig } from '#mesh/envoy/routes/fault.ts';
import { routeAction, soleDestination } from '#mesh/envoy/routes/forward.ts';
import { headerOperations } from '#mesh/envoy/routes/header-operations.ts';
import { routeMatch } from '#mesh/envoy/routes/match.ts';
import { redirectAction } from '#mesh/envoy/routes/redirect.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { Forward, Route, RouteAction } from '#mesh/model/route.ts';

/** @param port the virtual host's port, for redirects that keep it */
export function envoyRoute(route: Route, port: number, scope: Scope): JsonObject {
  const { name, match, action, origin } = route;
  return present({
    name,
    match: routeMatch(match),
    metadata: routeMetadata(origin),
    ...actionFields(action, { route, port, scope }),
  });
}

interface RouteContext {
  readonly route: Route;
  readonly port: number;
  readonly scope: Scope;
}

function actionFields(action: RouteAction, { route, port, scope }: RouteContext): JsonObject {
  switch (action.kind) {
    case 'forward':
      return forwardFields(action, { route, port, scope });
    case 'redirect':
      return { redirect: redirectAction(action, port) };
    case 'direct-response':
      return { direct_response: directResponse(action), ...headerOperations(action.headers) };
  }
}

function forwardFields(action: Forward, { route, scope }: RouteContext): JsonObject {
  const destination = soleDestination(action);
  return present({
    route: routeAction({ ...route, action }, scope),
    decorator: { operation: operationName(route, action) },
    typed_per_filter_config: filterConfig(action),
    ...withPeerHeader(headerOperations(action.headers, destination?.headers), action, scope),
  });
}

/** Services of the mesh are told who calls; the outside is not. */
function withPeerHeader(fields: JsonObject, { destinations }: Forward, scope: Scope): JsonObject {
  const { observer, services } = scope;
  const inside = destinations.some(({ host }) => services.get(host)?.location === 'MESH_INTERNAL');
  if (!observer?.metrics || !inside) return fields;
  const added = fields['request_headers_to_add'];
  return {
    ...fields,
    request_headers_to_add: [...(Array.isArray(added) ? added : []), peerHeader(observer.identity)],
  };
}

function filterConfig({ fault, cors }: Forward): JsonObject | undefined {
  return fault || cors
    ? present({ [FAULT_FILTER]: fault && faultConfig(fault), [CORS_FILTER]: cors && corsConfig(cors) })
    : undefined;
}

/** The operation's name in traces, as Istio makes it: `middleware.default.svc.cluster.local:80/status*`. */
function operationName({ match: { uri }, origin }: Route, action: Forward): string {
  const destination = soleDestination(action);
  const host = destination ? `${destination.host}:${destination.port}` : `${origin.name}:80`;
  if (!uri || 'present' in uri) {
    return `${host}/*`;
  }
  if ('exact' in uri) {
    return host + uri.exact;
  }
  return host + ('prefix' in uri ? `${uri.prefix}*` : uri.regex);
}
