import { accessLog } from '#mesh/envoy/access-log.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';

/** Bytes from a listener to a cluster, unread. */
export function tcpProxy(cluster: string): JsonObject {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
      stat_prefix: cluster,
      cluster,
      access_log: accessLog,
    }),
  };
}
