import { outsideClusters } from '#mesh/envoy/clusters/outside.ts';
import { serviceClusters } from '#mesh/envoy/clusters/service-clusters.ts';
import { policyClusters, policyConfiguration } from '#mesh/envoy/filters/policies.ts';
import { gatewayListener } from '#mesh/envoy/listeners/gateway.ts';
import type { ProxyResources } from '#mesh/envoy/resources.ts';
import { gatewayRoutes } from '#mesh/envoy/routes/gateway-routes.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { GatewayServer, GatewayWorkload } from '#mesh/model/gateway.ts';

/** A gateway's Envoy: a listener and a route configuration for each of its ports. */
export function gatewayResources({ servers }: GatewayWorkload, scope: Scope): ProxyResources {
  return {
    listeners: servers.map((server) => gatewayListener(server, scope)).filter((one) => one !== undefined),
    clusters: [
      ...outsideClusters([], scope.observer),
      ...serviceClusters(scope.mesh.services, scope.observer),
      ...policyClusters(scope),
    ],
    filters: policyConfiguration(scope, boundPorts(servers)),
    routes: servers
      .filter(({ protocol }) => protocol !== 'TCP')
      .map((server) => gatewayRoutes(server, scope)),
  };
}

/** The ports of an installed gateway's pod, which policies name: those of its Service lead to these. */
const POD_PORTS: Readonly<Record<number, number>> = { 80: 8080, 443: 8443 };

function boundPorts(servers: readonly GatewayServer[]): ReadonlyMap<number, number> {
  return new Map(servers.map(({ port, localPort }) => [gatewayPodPort(port), localPort]));
}

/** The port that policies mean by one of a gateway's servers. */
export function gatewayPodPort(port: number): number {
  return POD_PORTS[port] ?? port;
}
