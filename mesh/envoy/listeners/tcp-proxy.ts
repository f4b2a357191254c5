import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';

/** Bytes from a listener to a cluster, unread; `observed` is what reports its connections. */
export function tcpProxy(cluster: string, observed: JsonObject): JsonObject {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
      stat_prefix: cluster,
      cluster,
      ...observed,
    }),
  };
}
