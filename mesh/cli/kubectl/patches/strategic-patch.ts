import { isMap, type JsonMap, type JsonValue } from '#mesh/cli/kubectl/patches/merge-patch.ts';

/** Which field tells the items of a list apart, by the list's name (Kubernetes' `patchMergeKey`). */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
};

/**
 * Kubernetes' own patch: as a merge patch, but items of lists with a key are merged with those of the same key, and
 * `$patch: delete` in an item takes it away (Kubernetes' API conventions, strategic merge patch).
 */
export function strategicPatch(target: JsonValue | undefined, patch: JsonValue, list = ''): JsonValue {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : [], patch, keyOf(list, patch));
  if (!isMap(patch)) return patch;
  const { $patch: directive, ...fields } = patch;
  const merged: Record<string, JsonValue> = {
    ...(isMap(target) && directive !== 'replace' ? target : {}),
  };
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) delete merged[key];
    else merged[key] = strategicPatch(merged[key], value, key);
  }
  return merged;
}

/** A Service's ports are known by `port`, a container's by `containerPort`. */
function keyOf(list: string, items: readonly JsonValue[]): string | undefined {
  if (list !== 'ports') return MERGE_KEYS[list];
  return items.some((item) => isMap(item) && 'containerPort' in item) ? 'containerPort' : 'port';
}

function mergeLists(
  target: readonly JsonValue[],
  patch: readonly JsonValue[],
  key: string | undefined,
): JsonValue {
  if (key === undefined || !patch.every(isMap)) return patch;
  return patch.reduce<readonly JsonValue[]>((items, entry) => mergeItem(items, entry, key), target);
}

function mergeItem(items: readonly JsonValue[], entry: JsonMap, key: string): readonly JsonValue[] {
  const isSame = (item: JsonValue) => isMap(item) && item[key] === entry[key];
  if (entry['$patch'] === 'delete') return items.filter((item) => !isSame(item));
  return items.some(isSame)
    ? items.map((item) => (isSame(item) ? strategicPatch(item, entry) : item))
    : [...items, strategicPatch(undefined, entry)];
}
