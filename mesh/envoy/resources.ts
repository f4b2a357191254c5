import type { JsonObject } from '#mesh/envoy/config.ts';

/** What a role contributes to its Envoy's configuration. */
export interface ProxyResources {
  readonly listeners: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
  /** Route configurations, each with its `name`. */
  readonly routes: readonly (JsonObject & { readonly name?: unknown })[];
}
