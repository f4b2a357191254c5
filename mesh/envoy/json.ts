import type { Json, JsonObject } from '#mesh/envoy/config.ts';

/** A protobuf Any in JSON form; `type` is the message's full name without the `type.googleapis.com/` before it. */
export function typed(type: string, fields: JsonObject = {}): JsonObject {
  return { '@type': `type.googleapis.com/${type}`, ...fields };
}

/** An object without the fields that are undefined, because Envoy refuses nulls in many places. */
export function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) {
      kept[key] = value;
    }
  }
  return kept;
}

/** The list itself, or undefined when it is empty, for fields that are left out then. */
export function nonEmpty(list: readonly Json[]): readonly Json[] | undefined {
  return list.length > 0 ? list : undefined;
}
