import type { EnvoyConfig, Json, JsonObject } from '#mesh/envoy/config.ts';
import { listAt } from '#mesh/envoy/simulation/read.ts';

/**
 * The configuration as one bootstrap without anything to discover but secrets: `envoy --mode validate` checks only what
 * is in the bootstrap.
 */
export function staticForm(config: EnvoyConfig, bootstrap: JsonObject): JsonObject {
  const { dynamic_resources: _, static_resources, ...rest } = bootstrap;
  return {
    ...rest,
    static_resources: {
      listeners: config.listeners.map((listener) => withInlineRoutes(listener, config) as JsonObject),
      clusters: [...listAt(static_resources ?? {}, 'clusters'), ...config.clusters],
    },
  };
}

function withInlineRoutes(value: Json, config: EnvoyConfig): Json {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withInlineRoutes(item, config));
  }
  const { rds, config_discovery: discovered, ...fields } = value as JsonObject;
  const kept = Object.fromEntries(
    Object.entries(fields).map(([key, child]) => [key, withInlineRoutes(child, config)]),
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
