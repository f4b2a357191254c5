import type { JsonObject } from '#mesh/envoy/config.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';

const MATCH = { connect_matcher: {} };

/** A route for CONNECT requests, whose bytes go to the target unread. */
export function tunnelRoute(target: JsonObject, metadata?: JsonObject): JsonObject {
  return {
    name: 'connect',
    match: MATCH,
    route: {
      ...target,
      timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
    },
    ...(metadata && { metadata }),
  };
}

export function refusedTunnelRoute(status: number): JsonObject {
  return { name: 'connect', match: MATCH, direct_response: directResponse({ status }) };
}
