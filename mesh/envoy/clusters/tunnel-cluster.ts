import type { JsonObject } from '#mesh/envoy/config.ts';
import { HTTP_TUNNEL, statName } from '#mesh/envoy/names.ts';

const address = { envoy_internal_address: { server_listener_name: HTTP_TUNNEL } };

/** The way into the listener that unpacks tunnels. */
export const tunnelCluster: JsonObject = {
  name: HTTP_TUNNEL,
  alt_stat_name: statName(HTTP_TUNNEL),
  type: 'STATIC',
  connect_timeout: '10s',
  load_assignment: {
    cluster_name: HTTP_TUNNEL,
    endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
  },
};
