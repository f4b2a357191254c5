import type { JsonObject } from '#mesh/envoy/config.ts';
import { clusterName, PASSTHROUGH } from '#mesh/envoy/names.ts';
import { passthroughHosts } from '#mesh/envoy/passthrough-hosts.ts';
import { refusedTunnelRoute, tunnelRoute } from '#mesh/envoy/routes/connect.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';
import { authorities } from '#mesh/envoy/routes/domains.ts';
import type { EnvoyVirtualHost } from '#mesh/envoy/routes/virtual-host.ts';
import type { Mesh, OutboundPolicy, StandIn } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';

const BLOCKED = 502;
const UNAVAILABLE = 503;
const EVERYTHING = { prefix: '/' };

/** What happens to hosts that are not in the registry. */
export function unknownHosts(
  policy: OutboundPolicy,
  mesh: Pick<Mesh, 'standIns' | 'pods'>,
): EnvoyVirtualHost[] {
  if (policy === 'REGISTRY_ONLY') return [blockAll];
  return [...passthroughHosts(mesh).map(localHost), ...mesh.pods.flatMap(closedPorts), allowAny];
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

function localHost(standIn: StandIn): EnvoyVirtualHost {
  return {
    name: `allow_any|${standIn.host}:${standIn.port}`,
    domains: authorities([standIn.host], standIn.port),
    routes: passthroughRoutes(standInCluster(standIn)),
  };
}

/** Whatever has a pod's address elsewhere on the machine's networks is not that pod. */
function closedPorts({ address }: Pod): EnvoyVirtualHost[] {
  if (address === undefined) return [];
  const closed = { status: UNAVAILABLE, body: 'the pod does not listen on this port' };
  return [
    {
      name: `closed|${address}`,
      domains: [address, `${address}:*`],
      routes: [
        refusedTunnelRoute(UNAVAILABLE),
        { name: 'closed', match: EVERYTHING, direct_response: directResponse(closed) },
      ],
    },
  ];
}

function passthroughRoutes(cluster: string): JsonObject[] {
  return [
    tunnelRoute({ cluster }),
    { name: 'allow_any', match: EVERYTHING, route: { cluster, timeout: '0s' } },
  ];
}
