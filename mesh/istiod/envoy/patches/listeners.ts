import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { patchedConnections } from '#mesh/istiod/envoy/patches/filters.ts';
import {
  isMerge,
  isObject,
  merged,
  mergedSocket,
  patchedList,
  patchesOf,
} from '#mesh/istiod/envoy/patches/operation.ts';
import { isChain, isListener, placeOf } from '#mesh/istiod/envoy/patches/places.ts';
import type { EnvoyPatch, PatchContext } from '#mesh/istiod/model/envoy-patch.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const CHAIN = 'envoy.config.listener.v3.FilterChain';

export interface ListenersOptions {
  readonly patches: readonly EnvoyPatch[];
  readonly isGateway: boolean;
  /** The ports of all services that carry requests: a sidecar's proxy takes those to all of them. */
  readonly requestPorts: ReadonlySet<number>;
}

/** Listeners as users have patched them, with their chains and filters, and those that they have added. */
export function patchedListeners(
  listeners: readonly envoy.Listener[],
  options: ListenersOptions,
): envoy.Listener[] {
  const contexts: readonly PatchContext[] = options.isGateway
    ? ['GATEWAY']
    : ['SIDECAR_OUTBOUND', 'SIDECAR_INBOUND'];
  const added = options.patches.filter(
    ({ applyTo, operation, context }) =>
      applyTo === 'LISTENER' && operation === 'ADD' && (context === 'ANY' || contexts.includes(context)),
  );
  return [
    ...listeners.flatMap((listener) => patched(listener, options) ?? []),
    ...added.map(({ value }) => value as envoy.Listener),
  ];
}

/** Undefined: removed. */
function patched(listener: envoy.Listener, options: ListenersOptions): envoy.Listener | undefined {
  const context = contextOf(listener, options);
  const place = placeOf(listener, { context, requestPorts: options.requestPorts });
  const about = (target: EnvoyPatch['applyTo']) =>
    patchesOf(options.patches, target, context).filter((patch) => isListener(place, patch.listener ?? {}));
  let result = listener;
  for (const patch of about('LISTENER')) {
    if (patch.operation === 'REMOVE') return undefined;
    if (isMerge(patch)) result = merged(LISTENER, result, patch);
  }
  const chainPatches = about('FILTER_CHAIN');
  const chains = (result.filter_chains ?? []).flatMap((chain) => {
    const isIts = ({ listener: match = {} }: EnvoyPatch) => isChain(place, chain, match);
    const kept = patchedChain(chain, chainPatches.filter(isIts));
    if (!kept) return [];
    const [network, http] = [about('NETWORK_FILTER').filter(isIts), about('HTTP_FILTER').filter(isIts)];
    return [patchedConnections(kept, { network, http, context, all: options.patches })];
  });
  const added = chainPatches.filter(({ operation }) => operation === 'ADD');
  return {
    ...result,
    ...withListenerFilters(result, about('LISTENER_FILTER')),
    filter_chains: [...chains, ...added.map(({ value }) => value as envoy.FilterChain)],
  };
}

function contextOf({ traffic_direction }: envoy.Listener, { isGateway }: ListenersOptions): PatchContext {
  if (isGateway) return 'GATEWAY';
  return traffic_direction === 'INBOUND' ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND';
}

function withListenerFilters(
  { listener_filters: filters }: envoy.Listener,
  patches: readonly EnvoyPatch[],
): envoy.Listener {
  if (patches.length === 0) return {};
  const listener_filters = patches.reduce((list, patch) => {
    const name = patch.listener?.listenerFilter;
    const matches = (one: envoy.ListenerFilter) => one.name === name;
    return patchedList(list, { patch, isSelective: name !== undefined, matches });
  }, filters ?? []);
  return { listener_filters };
}

/** Undefined: removed. */
function patchedChain(
  chain: envoy.FilterChain,
  patches: readonly EnvoyPatch[],
): envoy.FilterChain | undefined {
  let result = chain;
  for (const patch of patches) {
    if (patch.operation === 'REMOVE') return undefined;
    if (isMerge(patch)) result = mergedChain(result, patch);
  }
  return result;
}

/** With a TLS socket to merge, the patch is about nothing else, as in Istio. */
function mergedChain(chain: envoy.FilterChain, patch: EnvoyPatch): envoy.FilterChain {
  const socket = patch.value['transport_socket'];
  const own: JsonObject | undefined = chain.transport_socket;
  if (!isObject(socket) || own?.['name'] !== socket['name']) return merged(CHAIN, chain, patch);
  return { ...chain, transport_socket: mergedSocket(own ?? {}, patch, socket) };
}
