import type { Any } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
/**
 * The whole configuration of one Envoy. Each listener, cluster, cluster's endpoints, route configuration, filter's configuration
 * and secret is a resource, told by itself when it changes.
 */
export interface EnvoyConfig {
  readonly listeners: readonly envoy.Listener[];
  readonly clusters: readonly envoy.Cluster[];
  /** The endpoints (ClusterLoadAssignment) of clusters of type EDS, by cluster name. */
  readonly endpoints: Readonly<Record<string, envoy.LoadAssignment>>;
  /** By route configuration name. */
  readonly routes: Readonly<Record<string, envoy.RouteConfiguration>>;
  /** The configurations of filters that listeners discover, by filter name. */
  readonly filters?: Readonly<Record<string, Any>>;
  /** SDS names that listeners and clusters use: `default`, `ROOTCA`, `kubernetes://NS/NAME`, `kubernetes://NS/NAME-cacert`. */
  readonly secrets: readonly string[];
}

/** What a role contributes to its Envoy's configuration. */
export interface ProxyResources {
  readonly listeners: readonly envoy.Listener[];
  readonly clusters: readonly envoy.Cluster[];
  /** ClusterLoadAssignments of clusters of type EDS. */
  readonly endpoints: readonly envoy.LoadAssignment[];
  /** Configurations of filters that are discovered, by name. */
  readonly filters?: Readonly<Record<string, Any>>;
  /** Route configurations, each with its `name`. */
  readonly routes: readonly (envoy.RouteConfiguration & { readonly name?: unknown })[];
}
