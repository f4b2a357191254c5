import { httpProtocol } from '#mesh/envoy/clusters/http-protocol.ts';
import { staticCluster } from '#mesh/envoy/clusters/static-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import type { PodPort } from '#mesh/model/pod.ts';
import type { Protocol } from '#mesh/model/service.ts';

export function inboundClusterName(port: PodPort): string {
  return clusterName({ direction: 'inbound', port: port.containerPort });
}

/** The pod's own program. */
export function inboundCluster(port: PodPort, protocol: Protocol): JsonObject {
  const name = inboundClusterName(port);
  return { ...staticCluster({ name, address: '127.0.0.1', port: port.appPort }), ...httpProtocol(protocol) };
}
