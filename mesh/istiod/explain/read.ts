import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { ownValue } from '#mesh/own-value.ts';

/** Generated configuration is plain JSON; these read it without asserting what it holds. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) {
      return undefined;
    }
    current = ownValue(current as JsonObject, String(key));
  }
  return current;
}

export function textAt(value: Json | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Json | undefined, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function objectAt(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): JsonObject | undefined {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as JsonObject)
    : undefined;
}

export function listAt(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** `file:line` of the manifest that decided a route or a cluster. */
export function originOf(resource: JsonObject): string | undefined {
  return textAt(resource, 'metadata', 'filter_metadata', 'mesh101', 'origin');
}
