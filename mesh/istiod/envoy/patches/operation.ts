import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { type JsonMessage, mergedAny, mergedMessage } from '#mesh/istiod/messages/json-messages.ts';
import type { EnvoyPatch, PatchContext, PatchTarget } from '#mesh/istiod/model/envoy-patch.ts';

/** The patches of one workload that are about objects of one kind in one context. */
export function patchesOf(
  patches: readonly EnvoyPatch[],
  target: PatchTarget,
  context: PatchContext,
): readonly EnvoyPatch[] {
  return patches.filter(
    (one) => one.applyTo === target && (one.context === 'ANY' || one.context === context),
  );
}

export function isMerge({ operation }: EnvoyPatch): boolean {
  return operation === 'MERGE' || operation === 'MERGE_AND_REPLACE_LIST';
}

const optionsOf = ({ operation }: EnvoyPatch) => ({ replacesLists: operation === 'MERGE_AND_REPLACE_LIST' });

/** @param type the message's full name */
export function merged<T extends JsonObject>(
  type: string,
  base: T,
  patch: EnvoyPatch,
  value = patch.value,
): T {
  return mergedMessage(type, base as JsonMessage, value as JsonMessage, optionsOf(patch)) as T;
}

/** A typed configuration merges only where it stands alone; within a message the other one takes its place. */
export function mergedConfig<T extends JsonObject>(base: T, patch: EnvoyPatch, config: JsonObject): T {
  return mergedAny(base as JsonMessage, config as JsonMessage, optionsOf(patch)) as T;
}

export interface ListPatch<T> {
  readonly patch: EnvoyPatch;
  /** Whether the patch names one of the items; without that it is about the list. */
  readonly isSelective: boolean;
  readonly matches: (item: T) => boolean;
}

/** A list of filters or routes after an operation that adds to it, takes from it, or puts something in an item's place. */
export function patchedList<T>(
  list: readonly T[],
  { patch, isSelective, matches }: ListPatch<T>,
): readonly T[] {
  const value = patch.value as T;
  const at = isSelective ? list.findIndex(matches) : -1;
  switch (patch.operation) {
    case 'ADD':
      return [...list, value];
    case 'INSERT_FIRST':
      return [value, ...list];
    case 'INSERT_BEFORE':
      if (!isSelective) return [value, ...list];
      return at < 0 ? list : list.toSpliced(at, 0, value);
    case 'INSERT_AFTER':
      if (!isSelective) return [...list, value];
      return at < 0 ? list : list.toSpliced(at + 1, 0, value);
    case 'REPLACE':
      return at < 0 ? list : list.with(at, value);
    case 'REMOVE':
      return isSelective ? list.filter((item) => !matches(item)) : list;
    default:
      return list;
  }
}

/** A TLS socket of the same name is merged into the one that is there; any other one takes its place. */
export function mergedSocket(base: JsonObject, patch: EnvoyPatch, socket: JsonObject): JsonObject {
  const [own, theirs] = [base['typed_config'], socket['typed_config']];
  return base['name'] === socket['name'] && isObject(own) && isObject(theirs)
    ? { ...base, typed_config: mergedConfig(own, patch, theirs) }
    : socket;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
