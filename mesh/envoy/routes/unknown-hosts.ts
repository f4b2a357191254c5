import type { JsonObject } from '#mesh/envoy/config.ts';
import { clusterName, PASSTHROUGH } from '#mesh/envoy/names.ts';
import { refusedTunnelRoute, tunnelRoute } from '#mesh/envoy/routes/connect.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';
import { authorities } from '#mesh/envoy/routes/domains.ts';
import type { EnvoyVirtualHost } from '#mesh/envoy/routes/virtual-host.ts';
import type { OutboundPolicy, StandIn } from '#mesh/model/mesh.ts';

const BLOCKED = 502;
const EVERYTHING = { prefix: '/' };

/** What happens to hosts that are not in the registry. */
export function unknownHosts(policy: OutboundPolicy, standIns: readonly StandIn[]): EnvoyVirtualHost[] {
  return policy === 'REGISTRY_ONLY' ? [blockAll] : [...standIns.map(standInHost), allowAny];
}

/** The cluster of a local process that plays an outside host nobody registered. */
export function standInCluster({ host, port }: StandIn): string {
  return clusterName({ direction: 'outbound', port, subset: PASSTHROUGH, host });
}

const blockAll: EnvoyVirtualHost = {
  name: 'block_all',
  domains: ['*'],
  routes: [
    refusedTunnelRoute(BLOCKED),
    { name: 'block_all', match: EVERYTHING, direct_response: directResponse({ status: BLOCKED }) },
  ],
};

const allowAny: EnvoyVirtualHost = {
  name: 'allow_any',
  domains: ['*'],
  routes: passthroughRoutes(PASSTHROUGH),
};

function standInHost(standIn: StandIn): EnvoyVirtualHost {
  return {
    name: `allow_any|${standIn.host}:${standIn.port}`,
    domains: authorities([standIn.host], standIn.port),
    routes: passthroughRoutes(standInCluster(standIn)),
  };
}

function passthroughRoutes(cluster: string): JsonObject[] {
  return [tunnelRoute(cluster), { name: 'allow_any', match: EVERYTHING, route: { cluster, timeout: '0s' } }];
}
