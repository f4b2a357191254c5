import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { forwardProxyCluster } from '#mesh/envoy/clusters/dynamic-forward-proxy.ts';
import { staticCluster } from '#mesh/envoy/clusters/static-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { BLACK_HOLE, PASSTHROUGH, statName } from '#mesh/envoy/names.ts';
import { standInCluster } from '#mesh/envoy/routes/unknown-hosts.ts';
import type { StandIn } from '#mesh/model/mesh.ts';

/** Where hosts outside the registry lead: nowhere, anywhere, or to the local processes that play them. */
export function outsideClusters(standIns: readonly StandIn[]): JsonObject[] {
  return [blackHole, passthrough, ...standIns.map(standIn)];
}

const blackHole: JsonObject = {
  name: BLACK_HOLE,
  alt_stat_name: statName(BLACK_HOLE),
  type: 'STATIC',
  connect_timeout: '10s',
};

const passthrough: JsonObject = {
  name: PASSTHROUGH,
  alt_stat_name: statName(PASSTHROUGH),
  connect_timeout: '10s',
  circuit_breakers: circuitBreakers(),
  ...forwardProxyCluster,
};

function standIn(process: StandIn): JsonObject {
  return staticCluster({ name: standInCluster(process), address: process.address, port: process.localPort });
}
