import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import { ApiError, badRequest } from '#mesh/apiserver/api-error.ts';
import { isObject } from '#mesh/apiserver/object.ts';

/** What a strategic merge has to know of a field's shape: the OpenAPI extensions `x-kubernetes-patch-…`. */
export interface PatchSchema {
  /** The schema of an object's field, or of a map's values. */
  field(name: string): PatchSchema | undefined;
  /** The schema of a list's items. */
  items(): PatchSchema | undefined;
  /** `merge`, `replace`, `retainKeys`, or two of them. */
  readonly strategies: readonly string[];
  readonly mergeKey: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const order = '$setElementOrder/';
const deletion = '$deleteFromPrimitiveList/';

/**
 * Kubernetes' strategic merge patch: lists with a merge key are merged item by item, and directives (`$patch`,
 * `$retainKeys`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`) say what a plain merge cannot.
 * See kubernetes/community, contributors/devel/sig-api-machinery/strategic-merge-patch.md.
 *
 * @throws ApiError 400 for a directive that makes no sense
 */
export function strategicPatch(target: unknown, patch: unknown, schema: PatchSchema | undefined): unknown {
  return isObject(patch) ? mergeObject(isObject(target) ? target : {}, patch, schema) : patch;
}

function mergeObject(target: Fields, patch: Fields, schema: PatchSchema | undefined): Fields {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type: ${String(directive)}`);
  const merged = new Map(Object.entries(retained(target, patch)));
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) merged.delete(key);
    else merged.set(key, mergeField(merged.get(key), value, { schema: schema?.field(key), key, patch }));
  }
  applyListDirectives(merged, patch, schema);
  return Object.fromEntries(merged);
}

/** `$retainKeys` empties the object but for the named keys. */
function retained(target: Fields, patch: Fields): Fields {
  const keys = patch['$retainKeys'];
  if (keys === undefined) return target;
  if (!Array.isArray(keys)) throw badRequest('$retainKeys must be a list of keys');
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

interface FieldContext {
  readonly schema: PatchSchema | undefined;
  readonly key: string;
  /** The object in which the field stands, with directives for it. */
  readonly patch: Fields;
}

function mergeField(target: unknown, value: unknown, { schema }: FieldContext): unknown {
  if (isObject(value)) {
    if (schema?.strategies.includes('replace')) return withoutDirectives(value);
    return mergeObject(isObject(target) ? target : {}, value, schema);
  }
  if (!Array.isArray(value) || !schema?.strategies.includes('merge')) return value;
  const existing = Array.isArray(target) ? target : [];
  return schema.mergeKey === undefined
    ? union(existing, value)
    : mergeList(existing, value, { key: schema.mergeKey, schema: schema.items() });
}

function union(existing: readonly unknown[], added: readonly unknown[]): unknown[] {
  return [...existing, ...added.filter((value) => !existing.some((one) => isDeepStrictEqual(one, value)))];
}

interface ListContext {
  readonly key: string;
  readonly schema: PatchSchema | undefined;
}

function mergeList(
  existing: readonly unknown[],
  patch: readonly unknown[],
  { key, schema }: ListContext,
): unknown[] {
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace')).map(withoutDirectives);
  }
  const result = [...existing];
  for (const item of patch) {
    if (!isObject(item))
      throw badRequest(`a list that is merged by ${key} holds ${JSON.stringify(item)}, which has none`);
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const index = result.findIndex((one) => isObject(one) && isDeepStrictEqual(one[key], item[key]));
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) {
      result[index] = mergeObject(result[index] as Fields, item, schema);
    } else {
      result.push(mergeObject({}, item, schema));
    }
  }
  return result;
}

/** `$deleteFromPrimitiveList/finalizers: [x]` and `$setElementOrder/containers: [{name: a}, {name: b}]`. */
function applyListDirectives(
  merged: Map<string, unknown>,
  patch: Fields,
  schema: PatchSchema | undefined,
): void {
  for (const [name, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (name.startsWith(deletion)) {
      const key = name.slice(deletion.length);
      const list = merged.get(key);
      if (Array.isArray(list))
        merged.set(
          key,
          list.filter((one) => !value.includes(one)),
        );
    } else if (name.startsWith(order)) {
      const key = name.slice(order.length);
      const list = merged.get(key);
      if (Array.isArray(list)) merged.set(key, ordered(list, value, schema?.field(key)?.mergeKey));
    }
  }
}

/** Items that the order names, in that order; one that it does not name stays behind the item that it stood behind. */
function ordered(
  list: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const idOf = (item: unknown) => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const wanted = order.map(idOf);
  const rank = (item: unknown) => wanted.findIndex((id) => isDeepStrictEqual(id, idOf(item)));
  const named = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const result: unknown[] = [...named];
  for (const [index, item] of list.entries()) {
    if (rank(item) >= 0) continue;
    const before = index === 0 ? -1 : result.indexOf(list[index - 1]);
    result.splice(before + 1, 0, item);
  }
  return result;
}

function withoutDirectives(value: unknown): Fields {
  if (!isObject(value)) return value as Fields;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('$')));
}

/** RFC 7386: null removes a field, objects are merged, everything else is replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/**
 * RFC 6902.
 *
 * @throws ApiError 400 if it is not a patch, 422 if an operation cannot be carried out
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const copy = structuredClone(target);
  const errors = applyPatch(copy, patch as Operation[]);
  const index = errors.findIndex((error) => error !== null);
  if (index >= 0) {
    const { op, path } = patch[index] as { op?: unknown; path?: unknown };
    const message = `the server rejected our request due to an error in our request: operation ${index} (${String(op)} ${String(path)}): ${errors[index]?.message}`;
    throw new ApiError({ code: 422, reason: 'Invalid', message, details: {} });
  }
  return copy;
}
