import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { forwardProxyCluster } from '#mesh/envoy/clusters/dynamic-forward-proxy.ts';
import { httpProtocol } from '#mesh/envoy/clusters/http-protocol.ts';
import { staticCluster } from '#mesh/envoy/clusters/static-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { PASSTHROUGH_FACTS } from '#mesh/envoy/metrics/label-sources.ts';
import { BLACK_HOLE, PASSTHROUGH, statName } from '#mesh/envoy/names.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { MESH101 } from '#mesh/envoy/origin-metadata.ts';
import type { PassthroughHost } from '#mesh/envoy/passthrough-hosts.ts';
import { standInCluster } from '#mesh/envoy/routes/unknown-hosts.ts';

/** Where hosts outside the registry lead: nowhere, anywhere, or to what this machine has in their place. */
export function outsideClusters(
  hosts: readonly PassthroughHost[],
  observer: Observer | undefined,
): JsonObject[] {
  const facts = observer?.metrics ? { metadata: { filter_metadata: { [MESH101]: PASSTHROUGH_FACTS } } } : {};
  return [
    blackHole,
    ...[passthrough, ...hosts.map(hostCluster)].map((cluster) => ({ ...cluster, ...facts })),
  ];
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

function hostCluster(host: PassthroughHost): JsonObject {
  return {
    ...staticCluster({ name: standInCluster(host), address: host.address, port: host.localPort }),
    ...(host.keepAlive === false && httpProtocol('HTTP', { maxRequestsPerConnection: 1 })),
  };
}
