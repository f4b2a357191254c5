import type { JsonObject } from '#mesh/envoy/config.ts';
import { uniqueChains } from '#mesh/envoy/listeners/named-chain.ts';
import { routedTcpProxy } from '#mesh/envoy/listeners/tcp-proxy.ts';
import { observeTcp } from '#mesh/envoy/observation/observe.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';
import { routeMetadata } from '#mesh/envoy/origin-metadata.ts';
import { matchesSource } from '#mesh/envoy/routes/source-match.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';

/** A filter chain for each route that this proxy's connections may take. */
export function connectionChains(routes: readonly ConnectionRoute[], scope: Scope): JsonObject[] {
  return uniqueChains(
    decidingRoutes(routes, scope).map((route) => ({
      names: route.serverNames ?? ['*'],
      chain: connectionChain(route, scope),
    })),
  );
}

/** The filters for connections that take one route. */
export function connectionChain(route: ConnectionRoute, scope: Scope): JsonObject {
  const proxy = routedTcpProxy(route, scope, observeTcp(scope.observer, CLIENT));
  return { filters: [proxy], metadata: routeMetadata(route.origin) };
}

/** Rules by server name leave nothing to Kubernetes' own route: a name that none has is refused, as in Istio. */
export function decidingRoutes(
  routes: readonly ConnectionRoute[],
  scope: Pick<Scope, 'namespace' | 'labels'>,
): readonly ConnectionRoute[] {
  const own = routes.filter((route) => matchesSource(route, scope));
  return own.some(({ serverNames }) => serverNames)
    ? own.filter(({ origin }) => origin.kind === 'VirtualService')
    : own;
}
