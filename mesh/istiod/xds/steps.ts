import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';

/**
 * The way from one configuration to the next without a moment in which a route names a cluster that is not there:
 * first the new clusters beside the old ones, then listeners and routes, at last the old ones go. Each
 * step is to be acknowledged before the next (the order of
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations).
 */
export function steps(from: EnvoyConfig, to: EnvoyConfig): readonly EnvoyConfig[] {
  const leaving = without(from.clusters, to.clusters);
  const make: EnvoyConfig = {
    listeners: from.listeners,
    clusters: [...to.clusters, ...leaving],
    endpoints: { ...endpointsOf(leaving, from), ...to.endpoints },
    routes: from.routes,
    ...(from.filters && { filters: from.filters }),
    secrets: [...new Set([...from.secrets, ...to.secrets])],
  };
  // Routes that leave stay readable until the listeners that use them have gone.
  const change: EnvoyConfig = {
    ...make,
    ...(to.filters && { filters: to.filters }),
    listeners: to.listeners,
    routes: { ...from.routes, ...to.routes },
  };
  return [make, change, to];
}

function endpointsOf(clusters: readonly JsonObject[], { endpoints }: EnvoyConfig) {
  const names = new Set(clusters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(endpoints).filter(([name]) => names.has(name)));
}

function without(resources: readonly JsonObject[], others: readonly JsonObject[]): JsonObject[] {
  const names = new Set(others.map(({ name }) => name));
  return resources.filter(({ name }) => !names.has(name));
}
