import { forwardProxyFilter } from '#mesh/istiod/envoy/clusters/outside.ts';
import { policyFilter } from '#mesh/istiod/envoy/filters/policies.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { CORS_FILTER } from '#mesh/istiod/envoy/routes/cors.ts';
import { FAULT_FILTER } from '#mesh/istiod/envoy/routes/fault.ts';
import { xdsSource } from '#mesh/istiod/envoy/xds-source.ts';

/**
 * Every filter that a route may configure is always present, but does nothing by default: a route that gains a fault
 * then changes no listener, whose replacement would close connections.
 */
const FILTERS: readonly envoy.HttpFilter[] = [
  { name: FAULT_FILTER, typed_config: typed('envoy.extensions.filters.http.fault.v3.HTTPFault') },
  { name: CORS_FILTER, typed_config: typed('envoy.extensions.filters.http.cors.v3.Cors') },
];

const ROUTER: envoy.HttpFilter = {
  name: 'envoy.filters.http.router',
  typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
};

/** The filters of proxies that others call: policies come before faults, so that who is refused waits for none. */
export const meshFilters: readonly envoy.HttpFilter[] = [policyFilter, ...FILTERS, ROUTER];

/** The filters of proxies whose callers may ask for hosts outside the registry. */
export const outsideFilters: readonly envoy.HttpFilter[] = [...FILTERS, forwardProxyFilter, ROUTER];

const REQUEST_ID = {
  typed_config: typed('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig', {
    use_request_id_for_trace_sampling: true,
  }),
};

/** An HTTP connection manager; `fields` are what differs between the proxies' roles. */
export function httpConnection(fields: envoy.HttpConnectionManager): envoy.NetworkFilter {
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
export function discoveredRoutes(name: string): envoy.HttpConnectionManager {
  return { rds: { route_config_name: name, config_source: xdsSource } };
}
