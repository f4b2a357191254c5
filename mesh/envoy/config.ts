/** Envoy configuration in its JSON form (protobuf JSON with snake_case names). */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Everything that one Envoy is told, as resources without the DiscoveryResponse around them. Listeners, clusters, each
 * route configuration, each filter's configuration and each secret are told by themselves.
 */
export interface EnvoyConfig {
  readonly listeners: readonly JsonObject[];
  /** With their endpoints (`load_assignment`), see docs/adr/0006. */
  readonly clusters: readonly JsonObject[];
  /** By route configuration name. */
  readonly routes: Readonly<Record<string, JsonObject>>;
  /** The configurations of filters that listeners discover, by filter name. */
  readonly filters?: Readonly<Record<string, JsonObject>>;
  /** SDS names that listeners and clusters use: `default`, `ROOTCA`, `kubernetes://NS/NAME`, `kubernetes://NS/NAME-cacert`. */
  readonly secrets: readonly string[];
}
