import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { adsConfig } from '#mesh/istiod/envoy/xds-source.ts';
import { listAt } from '#mesh/istiod/explain/read.ts';

/**
 * The configuration as one bootstrap without anything to discover but secrets, on streams of their own: `envoy --mode validate` checks only what
 * is in the bootstrap.
 */
export function staticForm(config: EnvoyConfig, bootstrap: JsonObject): JsonObject {
  const { dynamic_resources: _, static_resources, ...rest } = bootstrap;
  return {
    ...rest,
    static_resources: {
      listeners: config.listeners.map((listener) => withInlineRoutes(listener, config) as JsonObject),
      clusters: [
        ...listAt(static_resources ?? {}, 'clusters'),
        ...config.clusters.map(
          (cluster) => withInlineRoutes(withInlineEndpoints(cluster, config), config) as JsonObject,
        ),
      ],
    },
  };
}

const OWN_STREAM: JsonObject = {
  resource_api_version: 'V3',
  api_config_source: { ...adsConfig, api_type: 'GRPC' },
};

function withInlineEndpoints(cluster: JsonObject, { endpoints }: EnvoyConfig): JsonObject {
  const { eds_cluster_config: discovered, ...rest } = cluster;
  const assignment = endpoints[String(cluster['name'])] ?? {};
  return discovered ? { ...rest, type: 'STATIC', load_assignment: assignment } : cluster;
}

function withInlineRoutes(value: Json, config: EnvoyConfig): Json {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withInlineRoutes(item, config));
  }
  // An Envoy that only validates has no stream.
  if ('ads' in value) return OWN_STREAM;
  const { rds, config_discovery: discovered, ...fields } = value as JsonObject;
  const kept: JsonObject = Object.fromEntries(
    Object.entries(fields).flatMap(([key, child]) =>
      child === undefined ? [] : [[key, withInlineRoutes(child, config)]],
    ),
  );
  return {
    ...kept,
    ...(rds && { route_config: routesNamed(rds as JsonObject, config) }),
    ...(discovered && { typed_config: config.filters?.[String(fields['name'])] ?? {} }),
  };
}

function routesNamed(rds: JsonObject, { routes }: EnvoyConfig): JsonObject {
  const name = String(rds['route_config_name']);
  const found = routes[name];
  if (!found) {
    throw new Error(`a listener refers to the missing route configuration ${name}`);
  }
  return found;
}
