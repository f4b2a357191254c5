import { POLICIES } from '#mesh/istiod/envoy/filters/policies.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { isMerge, isObject, mergedConfig, patchedList } from '#mesh/istiod/envoy/patches/operation.ts';
import { patchedRoutes } from '#mesh/istiod/envoy/patches/routes.ts';
import { isServerFilter } from '#mesh/istiod/envoy/routes/unread.ts';
import type { EnvoyPatch, PatchContext } from '#mesh/istiod/model/envoy-patch.ts';

const HTTP_CONNECTIONS = 'envoy.filters.network.http_connection_manager';

/** The patches about one chain's filters. */
export interface ChainPatches {
  readonly network: readonly EnvoyPatch[];
  readonly http: readonly EnvoyPatch[];
  readonly context: PatchContext;
  /** All of the workload's: some are about routes that stand within the chain. */
  readonly all: readonly EnvoyPatch[];
}

/** A chain with its network filters, and the HTTP filters in them, as users have patched them. */
export function patchedConnections(chain: envoy.FilterChain, patches: ChainPatches): envoy.FilterChain {
  const { network, http, context, all } = patches;
  const listed = network.reduce(
    (list, patch) => patchedList(list, { patch, ...selection(patch.listener?.chain?.filter) }),
    chain.filters ?? [],
  );
  const filters = listed.map((filter) => {
    const merging = network.filter(
      (patch) => isMerge(patch) && isNamed(filter, patch.listener?.chain?.filter),
    );
    const one = merging.reduce<envoy.NetworkFilter>(mergedFilter, withoutServerFilter(filter, merging));
    return one.name === HTTP_CONNECTIONS ? withHttpFilters(one, { http, context, all }) : one;
  });
  return { ...chain, filters };
}

/** What a patch says of the header `server` counts, not the filter that stands in for the connection manager's own. */
function withoutServerFilter(
  filter: envoy.NetworkFilter,
  patches: readonly EnvoyPatch[],
): envoy.NetworkFilter {
  const isSaid = patches.some(
    ({ value: { typed_config: said } }) =>
      isObject(said) && ('server_name' in said || 'server_header_transformation' in said),
  );
  if (!isSaid || !filter.typed_config) return filter;
  const config: envoy.HttpConnectionManager = { ...(filter.typed_config as JsonObject) };
  const http_filters = (config.http_filters ?? []).filter((one) => !isServerFilter(one));
  return { ...filter, typed_config: { ...filter.typed_config, http_filters } };
}

function selection(name: string | undefined) {
  const isSelective = name !== undefined;
  return { isSelective, matches: (one: { readonly name?: string | undefined }) => isNamed(one, name) };
}

/** The filters of policies are in one of the laptop's. */
const policyFilters = new Set([
  'envoy.filters.http.jwt_authn',
  'envoy.filters.http.rbac',
  'envoy.filters.http.ext_authz',
]);

function isNamed({ name }: { readonly name?: string | undefined }, asked: string | undefined): boolean {
  return asked === undefined || asked === name || (name === POLICIES && policyFilters.has(asked));
}

/** A filter's configuration keeps its type, whatever type the patch says. */
function mergedFilter<
  T extends { readonly name?: string | undefined; readonly typed_config?: JsonObject | undefined },
>(filter: T, patch: EnvoyPatch): T {
  const { name, typed_config: config } = patch.value;
  const own = filter.typed_config;
  if (!own) return filter;
  return {
    ...filter,
    ...(typeof name === 'string' && name !== '' && { name }),
    ...(isObject(config) && { typed_config: mergedConfig(own, patch, config) }),
  };
}

function withHttpFilters(
  filter: envoy.NetworkFilter,
  { http, context, all }: Omit<ChainPatches, 'network'>,
): envoy.NetworkFilter {
  if (!filter.typed_config) return filter;
  const config: envoy.HttpConnectionManager = { ...(filter.typed_config as JsonObject) };
  const own = http.filter(({ listener }) => isNamed(filter, listener?.chain?.filter));
  const listed = own.reduce(
    (list, patch) => patchedList(list, { patch, ...selection(patch.listener?.chain?.subFilter) }),
    config.http_filters ?? [],
  );
  const filters = listed.map((one) =>
    own
      .filter((patch) => isMerge(patch) && isNamed(one, patch.listener?.chain?.subFilter))
      .reduce<envoy.HttpFilter>(mergedFilter, one),
  );
  const { route_config: routes } = config;
  return {
    ...filter,
    typed_config: {
      ...filter.typed_config,
      http_filters: filters,
      ...(routes && { route_config: patchedRoutes(routes, { patches: all, context }) }),
    },
  };
}
