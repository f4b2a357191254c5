import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';

const CLUSTER = 'xds';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** A ConfigSource: the stream on which an Envoy is told everything (docs/adr/0017). */
export const xdsSource: envoy.ConfigSource = { ads: {}, resource_api_version: 'V3' };

/** That stream itself: only changes go over it, and the node, which lists all of Envoy's extensions, goes once. */
export const adsConfig: envoy.ApiConfigSource = {
  api_type: 'DELTA_GRPC',
  transport_api_version: 'V3',
  set_node_on_first_message_only: true,
  grpc_services: [{ envoy_grpc: { cluster_name: CLUSTER } }],
};

/** The cluster behind which the runner answers, on a Unix socket. */
export function xdsCluster(socket: string): envoy.Cluster {
  const endpoint = { address: { pipe: { path: socket } } };
  return {
    name: CLUSTER,
    type: 'STATIC',
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, { explicit_http_config: { http2_protocol_options: {} } }),
    },
    load_assignment: { cluster_name: CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}
