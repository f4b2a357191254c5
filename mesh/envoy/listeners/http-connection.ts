import { forwardProxyFilter } from '#mesh/envoy/clusters/dynamic-forward-proxy.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { policyFilter } from '#mesh/envoy/filters/policies.ts';
import { typed } from '#mesh/envoy/json.ts';
import { CORS_FILTER } from '#mesh/envoy/routes/cors.ts';
import { FAULT_FILTER } from '#mesh/envoy/routes/fault.ts';
import { xdsSource } from '#mesh/envoy/xds/source.ts';

/**
 * Every filter that a route may configure is always there, without effect of its own: a route that gains a fault
 * then changes no listener, whose replacement would close connections.
 */
const FILTERS: readonly JsonObject[] = [
  { name: FAULT_FILTER, typed_config: typed('envoy.extensions.filters.http.fault.v3.HTTPFault') },
  { name: CORS_FILTER, typed_config: typed('envoy.extensions.filters.http.cors.v3.Cors') },
];

const ROUTER: JsonObject = {
  name: 'envoy.filters.http.router',
  typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
};

/** The filters of proxies that others call: policies come before faults, so that who is refused waits for none. */
export const meshFilters: readonly JsonObject[] = [policyFilter, ...FILTERS, ROUTER];

/** The filters of proxies whose callers may ask for hosts outside the registry. */
export const outsideFilters: readonly JsonObject[] = [...FILTERS, forwardProxyFilter, ROUTER];

const REQUEST_ID = {
  typed_config: typed('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig', {
    use_request_id_for_trace_sampling: true,
  }),
};

/** An HTTP connection manager; `fields` are what differs between the proxies' roles. */
export function httpConnection(fields: JsonObject & { readonly stat_prefix: string }): JsonObject {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      http_filters: meshFilters,
      use_remote_address: false,
      normalize_path: true,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
      proxy_100_continue: true,
      stream_idle_timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      request_id_extension: REQUEST_ID,
      ...fields,
    }),
  };
}

/** Routes that are discovered, so that a changed one replaces no listener. */
export function discoveredRoutes(name: string): JsonObject {
  return { rds: { route_config_name: name, config_source: xdsSource } };
}
