import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import { httpProtocol } from '#mesh/envoy/clusters/http-protocol.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { clusterName, statName } from '#mesh/envoy/names.ts';
import type { PodPort } from '#mesh/model/pod.ts';
import type { Protocol } from '#mesh/model/service.ts';

export function inboundClusterName(port: PodPort): string {
  return clusterName({ direction: 'inbound', port: port.containerPort });
}

/** The pod's own program. */
export function inboundCluster(port: PodPort, protocol: Protocol): JsonObject {
  const name = inboundClusterName(port);
  const endpoint = { address: socketAddress('127.0.0.1', port.appPort) };
  return {
    name,
    alt_stat_name: statName(name),
    type: 'STATIC',
    connect_timeout: '10s',
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...httpProtocol(protocol),
  };
}
