import { inboundClusterName } from '#mesh/envoy/clusters/inbound-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import type { InboundService } from '#mesh/envoy/listeners/inbound-service.ts';
import type { PodPort } from '#mesh/model/pod.ts';

/** Everything goes to the program; requests that its closing connection never took are sent again. */
export function inboundRoutes(port: PodPort, { service, port: servicePort }: InboundService): JsonObject {
  const cluster = inboundClusterName(port);
  const route = {
    name: 'default',
    match: { prefix: '/' },
    decorator: { operation: `${service.host}:${servicePort.number}/*` },
    route: {
      cluster,
      timeout: '0s',
      retry_policy: { retry_on: 'reset-before-request', num_retries: 2 },
      max_stream_duration: { max_stream_duration: '0s', grpc_timeout_header_max: '0s' },
    },
  };
  return {
    name: cluster,
    validate_clusters: false,
    virtual_hosts: [{ name: `inbound|http|${servicePort.number}`, domains: ['*'], routes: [route] }],
  };
}
