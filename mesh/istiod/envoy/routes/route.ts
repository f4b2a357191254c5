import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { routeMetadata } from '#mesh/istiod/envoy/names.ts';
import { CORS_FILTER, corsConfig } from '#mesh/istiod/envoy/routes/cors.ts';
import { FAULT_FILTER, faultConfig } from '#mesh/istiod/envoy/routes/fault.ts';
import { routeAction, soleDestination } from '#mesh/istiod/envoy/routes/forward.ts';
import { headerOperations } from '#mesh/istiod/envoy/routes/header-operations.ts';
import { routeMatch } from '#mesh/istiod/envoy/routes/match.ts';
import { type Arrival, redirectAction } from '#mesh/istiod/envoy/routes/rewrite.ts';
import { directResponse } from '#mesh/istiod/envoy/routes/virtual-host.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import { peerHeader } from '#mesh/istiod/envoy/telemetry/peer-metadata.ts';
import type { Forward, Route, RouteAction } from '#mesh/istiod/model/route.ts';

/** @param arrival at the virtual host, for redirects that keep its port */
export function envoyRoute(route: Route, arrival: Arrival, scope: Scope): envoy.Route {
  const { name, match, action, origin } = route;
  return {
    name,
    match: routeMatch(match, scope),
    metadata: routeMetadata(origin),
    ...actionFields(action, { route, arrival, scope }),
  };
}

interface RouteContext {
  readonly route: Route;
  readonly arrival: Arrival;
  readonly scope: Scope;
}

function actionFields(action: RouteAction, context: RouteContext): envoy.Route {
  switch (action.kind) {
    case 'forward':
      return forwardFields(action, context);
    case 'redirect':
      return { redirect: redirectAction(action, context.arrival), ...headerOperations(action.headers) };
    case 'direct-response':
      return { direct_response: directResponse(action), ...headerOperations(action.headers) };
  }
}

function forwardFields(action: Forward, { route, scope }: RouteContext): envoy.Route {
  const destination = soleDestination(action);
  return {
    route: routeAction({ ...route, action }, scope),
    decorator: { operation: operationName(route, action) },
    typed_per_filter_config: filterConfig(action),
    ...withPeerHeader(headerOperations(action.headers, destination?.headers), action, scope),
  };
}

/** Services of the mesh learn who calls; hosts outside do not. */
function withPeerHeader(fields: envoy.Route, { destinations }: Forward, scope: Scope): envoy.Route {
  const { observer, services } = scope;
  const inside = destinations.some(({ host }) => services.get(host)?.location === 'MESH_INTERNAL');
  if (!observer?.metrics || !inside) return fields;
  const added = fields['request_headers_to_add'];
  return {
    ...fields,
    request_headers_to_add: [...(added ?? []), peerHeader(observer.identity)],
  };
}

function filterConfig({ fault, cors }: Forward): envoy.Route['typed_per_filter_config'] {
  return fault || cors
    ? { [FAULT_FILTER]: fault && faultConfig(fault), [CORS_FILTER]: cors && corsConfig(cors) }
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
