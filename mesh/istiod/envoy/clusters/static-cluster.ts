import { socketAddress } from '#mesh/istiod/envoy/clusters/endpoints.ts';
import { circuitBreakers, httpProtocol, tcpKeepalive } from '#mesh/istiod/envoy/clusters/policy.ts';
import { seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { clusterName, HTTP_TUNNEL, sniffedTunnel, statName } from '#mesh/istiod/envoy/names.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import type { Protocol } from '#mesh/istiod/model/service.ts';
import type { ConnectionPool } from '#mesh/istiod/model/traffic-policy.ts';

export interface StaticClusterOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** One local process, in plain text and without policy. */
export function staticCluster({ name, address, port }: StaticClusterOptions): envoy.Cluster {
  const endpoint = { address: socketAddress(address, port) };
  return {
    name,
    alt_stat_name: statName(name),
    type: 'STATIC',
    connect_timeout: '10s',
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

export function inboundClusterName(port: PodPort): string {
  return clusterName({ direction: 'inbound', port: port.containerPort });
}

export interface InboundClusterOptions {
  readonly port: PodPort;
  readonly protocol: Protocol;
  /** Where the program listens. */
  readonly appPort: number;
  /** What a DestinationRule says of the service; it limits its pods' sidecars as it does their callers', as in Istio. */
  readonly pool: ConnectionPool | undefined;
}

/** The pod's own program, in the protocol of the port whatever its callers speak. */
export function inboundCluster({ port, protocol, appPort, pool }: InboundClusterOptions): envoy.Cluster {
  const name = inboundClusterName(port);
  const { h2UpgradePolicy: _, useClientProtocol: __, http2KeepAlive: ___, ...limits } = pool ?? {};
  return {
    ...staticCluster({ name, address: '127.0.0.1', port: appPort }),
    ...(limits.connectTimeout !== undefined && { connect_timeout: seconds(limits.connectTimeout) }),
    circuit_breakers: circuitBreakers(limits),
    ...tcpKeepalive(limits),
    ...httpProtocol(protocol, limits),
  };
}

const address = { envoy_internal_address: { server_listener_name: HTTP_TUNNEL } };

/** The way into the listener that unpacks tunnels. */
export const tunnelCluster: envoy.Cluster = {
  name: HTTP_TUNNEL,
  alt_stat_name: statName(HTTP_TUNNEL),
  type: 'STATIC',
  connect_timeout: '10s',
  load_assignment: {
    cluster_name: HTTP_TUNNEL,
    endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
  },
};

/** The ways into the sidecar's own listeners that read how a connection begins. */
export function sniffedTunnelClusters({ sniffed, named }: Pick<Scope, 'sniffed' | 'named'>): envoy.Cluster[] {
  return [...sniffed, ...named].map(([key, port]) => {
    const colon = key.lastIndexOf(':');
    const name = sniffedTunnel(key.slice(0, colon), Number(key.slice(colon + 1)));
    return staticCluster({ name, address: '127.0.0.1', port });
  });
}
