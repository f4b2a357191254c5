import type { JsonObject } from '#mesh/envoy/config.ts';

const CLUSTER = 'xds';

/** What an Envoy asks the runner for: all listeners, all clusters, or one resource by its name. */
export const LISTENERS = 'listeners';
export const CLUSTERS = 'clusters';

/** @returns `routes/NAME` */
export function routesNamed(name: string): string {
  return `routes/${name}`;
}

/** @returns `extension_configs/NAME`, the configuration of a filter that a listener discovers */
export function filterNamed(name: string): string {
  return `extension_configs/${name}`;
}

/** @returns `secrets/NAME` */
export function secretNamed(name: string): string {
  return `secrets/${name}`;
}

/**
 * A ConfigSource that asks the runner, which answers when there is something new (docs/adr/0010): hence hardly a pause
 * between two questions, and a year of patience with each.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#rest-json-polling-subscriptions
 */
export const xdsSource: JsonObject = {
  api_config_source: {
    api_type: 'REST',
    transport_api_version: 'V3',
    cluster_names: [CLUSTER],
    refresh_delay: '0.001s',
    request_timeout: '31536000s',
  },
  resource_api_version: 'V3',
};

/** The cluster behind which the runner answers, on a Unix socket. */
export function xdsCluster(socket: string): JsonObject {
  const endpoint = { address: { pipe: { path: socket } } };
  return {
    name: CLUSTER,
    type: 'STATIC',
    load_assignment: { cluster_name: CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}
