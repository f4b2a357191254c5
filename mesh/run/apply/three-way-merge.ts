import { isDeepStrictEqual } from 'node:util';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import type { PatchSchema } from '#mesh/apiserver/patch/patches.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The object with the annotation by which `kubectl apply` knows what it applied last, to the byte as kubectl writes it: else
 * kubectl calls an object `configured` of which nothing has changed.
 *
 * @param namespace where it goes, also when the file leaves that open; undefined for what is in none
 */
export function lastApplied(draft: DraftObject, namespace: string | undefined): DraftObject {
  const { annotations = {}, ...rest } = draft.metadata;
  const metadata = { ...rest, ...(namespace !== undefined && { namespace }) };
  const { [annotation]: _, ...own } = annotations;
  const plain = { ...draft, metadata: { ...metadata, annotations: own } };
  const text = `${goJson(plain)}\n`;
  return { ...draft, metadata: { ...metadata, annotations: { ...own, [annotation]: text } } };
}

/** JSON as Go writes it: keys in order, and what HTML could take for its own is escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(inOrder(value)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key])]));
}

/**
 * What `kubectl apply` makes of an object that is there: what was applied before and is wanted no more goes, what others have set
 * stays. Lists with a merge key are taken item by item, the others as wholes.
 *
 * @param schema undefined: no list has a merge key, as for every kind of a CustomResourceDefinition
 */
export function threeWayMerge(
  current: KubernetesObject,
  wanted: DraftObject,
  schema: PatchSchema | undefined,
): DraftObject {
  const applied = current.metadata.annotations?.[annotation];
  const before: unknown = applied === undefined ? {} : parsed(applied);
  const { apiVersion: _, ...last } = isObject(before) ? before : {};
  // Without it the change is tried again when others were faster.
  const { resourceVersion: __, ...metadata } = current.metadata;
  const three = { current: { ...current, metadata }, last, wanted: lastApplied(wanted, metadata.namespace) };
  return merged(three, schema) as DraftObject;
}

interface Three {
  readonly current: unknown;
  readonly last: unknown;
  readonly wanted: unknown;
}

function merged({ current, last, wanted }: Three, schema: PatchSchema | undefined): unknown {
  const { strategies = [] } = schema ?? {};
  if (Array.isArray(wanted)) {
    const lists = { current: listOf(current), last: listOf(last), wanted };
    return strategies.includes('merge') ? mergedList(lists, schema) : wanted;
  }
  if (!isObject(wanted) || strategies.includes('replace')) return wanted;
  const now = new Map(Object.entries(isObject(current) ? current : {}));
  const before = isObject(last) ? last : {};
  const retained = strategies.includes('retainKeys') ? [...now.keys()] : Object.keys(before);
  for (const key of retained) if (!Object.hasOwn(wanted, key)) now.delete(key);
  for (const [key, value] of Object.entries(wanted)) {
    const three = {
      current: now.get(key),
      last: Object.hasOwn(before, key) ? before[key] : undefined,
      wanted: value,
    };
    if (value === null) now.delete(key);
    else now.set(key, merged(three, schema?.field(key)));
  }
  return Object.fromEntries(now);
}

interface ThreeLists {
  readonly current: readonly unknown[];
  readonly last: readonly unknown[];
  readonly wanted: readonly unknown[];
}

/** The wanted items, in their order, and then those that others have added. */
function mergedList({ current, last, wanted }: ThreeLists, schema: PatchSchema | undefined): unknown[] {
  const key = schema?.mergeKey;
  const keyOf = (item: unknown) => (key !== undefined && isObject(item) ? item[key] : item);
  const find = (items: readonly unknown[], like: unknown) =>
    items.find((item) => isDeepStrictEqual(keyOf(item), keyOf(like)));
  const own = wanted.map((item) =>
    merged({ current: find(current, item), last: find(last, item), wanted: item }, schema?.items()),
  );
  const added = current.filter((item) => find(wanted, item) === undefined && find(last, item) === undefined);
  return [...own, ...added];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
