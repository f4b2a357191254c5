import type { JsonObject } from '#mesh/envoy/config.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';

const MATCH = { connect_matcher: {} };

/** A route for CONNECT requests, whose bytes go to the cluster unread. */
export function tunnelRoute(cluster: string, metadata?: JsonObject): JsonObject {
  return {
    name: 'connect',
    match: MATCH,
    route: {
      cluster,
      timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
    },
    ...(metadata && { metadata }),
  };
}

export function refusedTunnelRoute(status: number): JsonObject {
  return { name: 'connect', match: MATCH, direct_response: directResponse({ status }) };
}
