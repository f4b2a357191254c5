import { dataFile } from './data-file.ts';

interface Condition {
  readonly path: string;
  readonly is?: unknown;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly copy?: readonly string[];
  readonly unset?: readonly string[];
}

interface KindDefaults {
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly conditions?: readonly Condition[];
}

/** The field that changes other defaults when it is given, or has one value. Paths are from the object's root. */
export interface DefaultCondition extends Condition {
  /** The field's own name; it stands in the object that the node is for. */
  readonly field: string;
}

/** What is known of an object within a kind: its fields' defaults, and which of its fields change them. */
export interface DefaultsNode {
  /** From the object's root, with `[]` for each list: `spec.ports[].protocol`. */
  readonly path: string;
  readonly default?: unknown;
  readonly conditions: readonly DefaultCondition[];
  readonly fields: ReadonlyMap<string, DefaultsNode>;
  /** Of a list's elements. */
  readonly element?: DefaultsNode;
}

interface Draft {
  readonly path: string;
  default?: unknown;
  readonly conditions: DefaultCondition[];
  readonly fields: Map<string, Draft>;
  element?: Draft;
}

const trees = new Map<string, DefaultsNode | undefined>();

/** The defaults of a built-in kind as a tree beside the object; undefined for a kind that has none. */
export function nativeDefaults(apiVersion: string, kind: string): DefaultsNode | undefined {
  const key = `${apiVersion} ${kind}`;
  if (!trees.has(key)) trees.set(key, treeOf(key));
  return trees.get(key);
}

function treeOf(key: string): DefaultsNode | undefined {
  const { defaults: kinds } = dataFile<{ readonly defaults: Readonly<Record<string, KindDefaults>> }>(
    'defaults.json',
  );
  const known = kinds[key];
  if (known === undefined) return undefined;
  const root = draft('');
  for (const [path, value] of Object.entries(known.defaults)) place(root, path).default = value;
  for (const condition of known.conditions ?? []) {
    const cut = condition.path.lastIndexOf('.');
    const owner = place(root, condition.path.slice(0, cut));
    owner.conditions.push({ ...condition, field: condition.path.slice(cut + 1) });
    for (const path of Object.keys(condition.set ?? {})) place(root, path);
    for (const path of condition.copy ?? []) place(root, path);
  }
  return root;
}

const draft = (path: string): Draft => ({ path, conditions: [], fields: new Map() });

/** The node at a path, with all nodes on the way there. */
function place(root: Draft, path: string): Draft {
  let node = root;
  for (const step of path.split('.')) {
    const name = step.replace('[]', '');
    const at = node.path === '' ? name : `${node.path}.${name}`;
    const next = node.fields.get(name) ?? draft(at);
    node.fields.set(name, next);
    node = next;
    if (step === name) continue;
    node.element ??= draft(`${at}[]`);
    node = node.element;
  }
  return node;
}
