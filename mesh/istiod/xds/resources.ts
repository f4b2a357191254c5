import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { Any, Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { fileSecret, isFileSecret } from '#mesh/istiod/envoy/tls/secrets.ts';
import { withVersionHost } from '#mesh/istiod/envoy/version-host.ts';
import { once } from '#mesh/once.ts';

/**
 * What an Envoy can ask for, with the messages' full names, in the order in which changes are told: what others refer to
 * comes first
 * (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations).
 */
export const messageTypes = {
  clusters: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  extension_configs: 'envoy.config.core.v3.TypedExtensionConfig',
  secrets: 'envoy.extensions.transport_sockets.tls.v3.Secret',
} as const;

export type Kind = keyof typeof messageTypes;

export const kinds = Object.keys(messageTypes) as readonly Kind[];

/** Of these an Envoy has all; of the others those that it asks for by name. */
export function isWildcard(kind: Kind): boolean {
  return kind === 'clusters' || kind === 'listeners';
}

/** Resources by kind and name. */
export type Resources<Value = JsonObject> = Readonly<Record<Kind, ReadonlyMap<string, Value>>>;

/** Everything for an Envoy but the secrets that only the runner can make. */
export function resourcesOf(config: EnvoyConfig): Resources {
  const byName = (resources: readonly JsonObject[]) =>
    new Map(resources.map((resource) => [String(resource['name']), resource]));
  const entries = (record: Readonly<Record<string, JsonObject>> = {}) => new Map(Object.entries(record));
  return {
    clusters: byName(config.clusters),
    endpoints: entries(config.endpoints),
    listeners: byName(config.listeners),
    routes: entries(config.routes),
    extension_configs: new Map(
      Object.entries(config.filters ?? {}).map(([name, typed_config]) => [name, { name, typed_config }]),
    ),
    secrets: byName(config.secrets.filter(isFileSecret).map(fileSecret)),
  };
}

/** A resource in the version that an Envoy is to have. */
export interface Offer {
  readonly version: string;
  readonly resource: JsonObject;
  /** Of a route configuration: the HTTP filters of the Envoy's listeners. */
  readonly filters?: ReadonlySet<string>;
}

/** A resource as it goes out: with its type, and a route configuration with a host that tells its version. */
export function inVersion(kind: Kind, { version, resource, filters = new Set() }: Offer): Any {
  const message = kind === 'routes' ? withVersionHost(resource, { version, filters }) : resource;
  return { '@type': `type.googleapis.com/${messageTypes[kind]}`, ...message };
}

/** The resources for which an Envoy with these listeners asks by name. */
export interface Discovered {
  readonly routes: ReadonlySet<string>;
  readonly extension_configs: ReadonlySet<string>;
  /** The HTTP filters that its requests pass, but for the routers. */
  readonly filters: ReadonlySet<string>;
}

export function discoveredBy(listeners: readonly JsonObject[]): Discovered {
  const all = listeners.map(discoveredByOne);
  return {
    routes: new Set(all.flatMap(({ routes }) => [...routes])),
    extension_configs: new Set(all.flatMap(({ extension_configs }) => [...extension_configs])),
    filters: new Set(all.flatMap(({ filters }) => [...filters])),
  };
}

const discoveredByOne = once((listener: JsonObject): Discovered => {
  const found = {
    routes: new Set<string>(),
    extension_configs: new Set<string>(),
    filters: new Set<string>(),
  };
  collect(listener, found);
  return found;
});

function collect(value: Json | undefined, found: { readonly [Key in keyof Discovered]: Set<string> }): void {
  if (typeof value !== 'object' || value === null) return;
  if ('config_discovery' in value) found.extension_configs.add(String(value['name']));
  if ('http_filters' in value)
    for (const { name } of filtersIn(value['http_filters'])) found.filters.add(String(name));
  if ('route_config_name' in value) found.routes.add(String(value['route_config_name']));
  for (const child of Object.values(value)) collect(child, found);
}

/** The last one is the router, which no route can do without. */
function filtersIn(filters: Json | undefined): readonly JsonObject[] {
  return Array.isArray(filters) ? filters.slice(0, -1) : [];
}
