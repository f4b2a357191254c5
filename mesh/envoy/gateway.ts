import { outsideClusters } from '#mesh/envoy/clusters/outside.ts';
import { serviceClusters } from '#mesh/envoy/clusters/service-clusters.ts';
import { gatewayListener } from '#mesh/envoy/listeners/gateway.ts';
import type { ProxyResources } from '#mesh/envoy/resources.ts';
import { gatewayRoutes } from '#mesh/envoy/routes/gateway-routes.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { GatewayWorkload } from '#mesh/model/gateway.ts';

/** A gateway's Envoy: a listener and a route configuration for each of its ports. */
export function gatewayResources({ servers }: GatewayWorkload, scope: Scope): ProxyResources {
  return {
    listeners: servers.map((server) => gatewayListener(server, scope.observer)),
    clusters: [
      ...outsideClusters([], scope.observer),
      ...serviceClusters(scope.mesh.services, scope.observer),
    ],
    routes: servers.map((server) => gatewayRoutes(server, scope)),
  };
}
