/** A value of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonMap;
export type JsonMap = { readonly [key: string]: JsonValue };

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386: maps are merged, null takes a field away, and anything else, lists too, is replaced. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isMap(patch)) return patch;
  const merged: Record<string, JsonValue> = { ...(isMap(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
