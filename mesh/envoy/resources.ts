import type { JsonObject } from '#mesh/envoy/config.ts';

/** What a role contributes to its Envoy's configuration. */
export interface ProxyResources {
  readonly listeners: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
  /** Configurations of filters that are discovered, by name. */
  readonly filters?: Readonly<Record<string, JsonObject>>;
  /** Route configurations, each with its `name`. */
  readonly routes: readonly (JsonObject & { readonly name?: unknown })[];
}
