import type { JsonObject } from '#mesh/apiserver/object.ts';

/**
 * A set of fields in the form of `fieldsV1`: a tree whose keys are `f:name` (a field), `k:{"name":"a"}` (an item of a list
 * that is a map) and `v:"x"` (an item of a set). A field is a member when its node is empty or has the key `.`; the root
 * is none. Sets are never changed, and share what they have in common.
 */
export type FieldSet = JsonObject;

/** The node of a field that is a member and has no fields beneath. */
export const member: FieldSet = Object.freeze({});
export const noFields: FieldSet = member;
const self = '.';

export function isEmptySet(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

export function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || Object.hasOwn(node, self);
}

/** The node beneath a key. */
export function childOf(node: FieldSet | undefined, key: string): FieldSet | undefined {
  return node !== undefined && Object.hasOwn(node, key) ? (node[key] as FieldSet) : undefined;
}

/** A node from what is beneath it; undefined when neither it nor anything beneath is a member. */
export function nodeOf(
  children: readonly (readonly [string, FieldSet])[],
  itself: boolean,
): FieldSet | undefined {
  if (children.length === 0) return itself ? member : undefined;
  return Object.fromEntries(itself ? [[self, member], ...children] : children);
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmptySet(right)) return left;
  return isEmptySet(left) ? right : joined(left, right);
}

function unionOfNodes(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  if (isEmptySet(left)) return asMember(right);
  return isEmptySet(right) ? asMember(left) : joined(left, right);
}

function joined(left: FieldSet, right: FieldSet): FieldSet {
  const all = new Map(Object.entries(left) as [string, FieldSet][]);
  for (const [key, node] of Object.entries(right) as [string, FieldSet][]) {
    const own = all.get(key);
    all.set(key, own === undefined ? node : unionOfNodes(own, node));
  }
  return Object.fromEntries(all);
}

function asMember(node: FieldSet): FieldSet {
  return isMember(node) ? node : { [self]: member, ...node };
}

/** The members of the first that are not in the second; the first itself if nothing is removed. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(right) || isEmptySet(left)) return left;
  return without(left, right, false) ?? noFields;
}

function without(left: FieldSet, right: FieldSet, itself: boolean): FieldSet | undefined {
  let same = true;
  const kept = childrenOf(left).flatMap(([key, node]): [string, FieldSet][] => {
    const taken = childOf(right, key);
    if (taken === undefined) return [[key, node]];
    const rest = without(node, taken, isMember(node) && !isMember(taken));
    same &&= rest === node;
    return rest === undefined ? [] : [[key, rest]];
  });
  return same && itself === isMember(left) ? left : nodeOf(kept, itself);
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return isEmptySet(left) || isEmptySet(right) ? noFields : (common(left, right, false) ?? noFields);
}

function common(left: FieldSet, right: FieldSet, itself: boolean): FieldSet | undefined {
  const both = childrenOf(left).flatMap(([key, node]): [string, FieldSet][] => {
    const other = childOf(right, key);
    const shared = other && common(node, other, isMember(node) && isMember(other));
    return shared === undefined ? [] : [[key, shared]];
  });
  return nodeOf(both, itself);
}

export function childrenOf(node: FieldSet): [string, FieldSet][] {
  return (Object.entries(node) as [string, FieldSet][]).filter(([key]) => key !== self);
}

/** The members' paths as Kubernetes writes them, `.spec.containers[name="a"].image`: what is nearer first, by name. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const children = childrenOf(set).sort(([left], [right]) => byElement(left, right));
  return [
    ...children.filter(([, node]) => isMember(node)).map(([key]) => prefix + elementText(key)),
    ...children.flatMap(([key, node]) => pathsOf(node, prefix + elementText(key))),
  ];
}

const kinds = 'fkvi';

function byElement(left: string, right: string): number {
  return kinds.indexOf(left.charAt(0)) - kinds.indexOf(right.charAt(0)) || (left < right ? -1 : 1);
}

/** An element of a path, `f:spec`, as it is shown: `.spec`. */
export function elementText(key: string): string {
  const content = key.slice(2);
  if (key.startsWith('f:')) return `.${content}`;
  if (key.startsWith('v:')) return `[=${content}]`;
  if (!key.startsWith('k:')) return `[${content}]`;
  const fields = Object.entries(JSON.parse(content) as Record<string, unknown>);
  return `[${fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

/** As Go's JSON writes it: what could end a script element is escaped. */
export function elementJson(value: unknown): string {
  const escaped = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
}
