import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';

/** The name of the cluster, the user and the context in the mesh's kubeconfig. */
export const contextName = 'mesh101';

/** The mesh's entries, as they stand in its own kubeconfig. */
export interface MeshEntries {
  readonly server: string;
  readonly clusters: object;
  readonly users: object;
  readonly contexts: object;
}

const lists = ['clusters', 'users', 'contexts'] as const;

/** A text that is not a kubeconfig; the message says where and why. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** @throws KubeconfigError when one is missing. */
export function meshEntries(text: string): MeshEntries {
  const config = parse(text).toJS() as Record<string, readonly { name?: string }[] | undefined>;
  const entry = (list: (typeof lists)[number]): object => {
    const found = config[list]?.find(({ name }) => name === contextName);
    if (!found) throw new KubeconfigError(`${list} has no ${contextName}`);
    return found;
  };
  const clusters = entry('clusters') as { readonly cluster?: { readonly server?: string } };
  const server = clusters.cluster?.server ?? '';
  return { server, clusters, users: entry('users'), contexts: entry('contexts') };
}

export interface Merged {
  readonly text: string;
  /** The former current context; absent if there was none, or if it was the mesh's. */
  readonly former?: string;
  /** Whether the current context is the mesh's now. */
  readonly isCurrent: boolean;
}

/**
 * A kubeconfig with the mesh's entries in it; everything else stays, comments too. The current context becomes the mesh's if
 * there was none, or if `use` says so.
 * @throws KubeconfigError
 */
export function mergeInto(text: string, entries: MeshEntries, { use }: { readonly use: boolean }): Merged {
  const config = parse(text);
  for (const list of lists) put(config, list, entries[list]);
  const former = currentContext(config);
  const isCurrent = use || former === '' || former === contextName;
  if (isCurrent) config.set('current-context', contextName);
  const isKnown = former !== '' && former !== contextName;
  return { text: print(config, text), isCurrent, ...(isKnown && { former }) };
}

export interface Taken {
  readonly text: string;
  /** Whether it names no cluster, user or context any more. */
  readonly isEmpty: boolean;
  /** The current context that was put back. */
  readonly restored?: string;
}

/**
 * A kubeconfig without the entries of the mesh at `server`; undefined when it has none, or those of another mesh.
 * @throws KubeconfigError
 */
export function takeOut(
  text: string,
  { server, former }: { readonly server: string; readonly former?: string },
): Taken | undefined {
  const config = parse(text);
  if (serverOf(config) !== server) return undefined;
  for (const list of lists) remove(config, list);
  const isCurrent = currentContext(config) === contextName;
  const restored = isCurrent && former !== undefined && find(config, 'contexts', former) ? former : undefined;
  if (isCurrent) config.set('current-context', restored ?? '');
  const isEmpty = lists.every((list) => items(config, list).length === 0);
  return { text: print(config, text), isEmpty, ...(restored !== undefined && { restored }) };
}

function parse(text: string): Document {
  const [config, ...more] = parseAllDocuments(text, { prettyErrors: true }) as Document[];
  // Comments alone are no document.
  if (!config) return parse(`${text}\n{}\n`);
  const error = config.errors[0];
  if (error) throw new KubeconfigError(firstLine(error.message));
  if (more.length > 0) throw new KubeconfigError('it has several documents');
  const { contents } = config;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    config.contents = config.createNode({}) as never;
  } else if (!isMap(contents)) throw new KubeconfigError('it is not a mapping');
  // An empty mapping is written `{}`.
  if (isMap(config.contents) && config.contents.items.length === 0) config.contents.flow = false;
  check(config);
  return config;
}

function check(config: Document): void {
  const kind = config.get('kind') ?? 'Config';
  if (kind !== 'Config') throw new KubeconfigError(`its kind is ${String(kind)} instead of Config`);
  for (const list of lists) {
    const value = config.get(list, true);
    const isNothing = value === undefined || (isScalar(value) && value.value === null);
    if (!isNothing && !isSeq(value)) {
      throw new KubeconfigError(`its ${list} ${isAlias(value) ? 'are an alias' : 'are not a list'}`);
    }
  }
}

/** The parser's own text ends with a picture of the place. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function items(config: Document, list: string): readonly YAMLMap[] {
  const value = config.get(list);
  return isSeq(value) ? value.items.filter((item) => isMap(item)) : [];
}

function find(config: Document, list: string, name: string): YAMLMap | undefined {
  return items(config, list).find((item) => item.get('name') === name);
}

function serverOf(config: Document): unknown {
  return find(config, 'clusters', contextName)?.getIn(['cluster', 'server']);
}

function currentContext(config: Document): string {
  return String(config.get('current-context') ?? '');
}

function put(config: Document, list: string, entry: object): void {
  const node = config.createNode(entry);
  const value = config.get(list);
  if (!isSeq(value)) {
    config.set(list, config.createNode([entry]));
    return;
  }
  const at = value.items.findIndex((item) => isMap(item) && item.get('name') === contextName);
  // A list that is empty is written `[]`.
  if (value.items.length === 0) value.flow = false;
  if (at < 0) value.add(node);
  else value.items[at] = node;
}

function remove(config: Document, list: string): void {
  const value = config.get(list);
  if (!isSeq(value)) return;
  value.items = value.items.filter((item) => !isMap(item) || item.get('name') !== contextName);
}

/** In the style of the former text: JSON stays JSON, and lists keep their indentation. */
function print(config: Document, before: string): string {
  complete(config);
  const indent = jsonIndent(before);
  if (indent !== undefined) return `${JSON.stringify(config.toJS(), null, indent)}\n`;
  const text = config.toString({
    lineWidth: 0,
    indentSeq: /^(clusters|contexts|users):[^\n]*\n +- /m.test(before),
    flowCollectionPadding: /[{[] \S/.test(before),
  });
  return before.includes('\r\n') ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}

/** What makes a mapping a kubeconfig. */
function complete(config: Document): void {
  if (!isMap(config.contents)) return;
  for (const [key, value] of [
    ['kind', 'Config'],
    ['apiVersion', 'v1'],
  ]) {
    if (!config.has(key)) config.contents.items.unshift(config.createPair(key, value) as never);
  }
}

/** Undefined for a text that is not JSON, and for `{}`, which may as well become YAML. */
function jsonIndent(text: string): number | undefined {
  try {
    if (Object.keys(JSON.parse(text) ?? {}).length === 0) return undefined;
  } catch {
    return undefined;
  }
  return /\n( +)"/.exec(text)?.[1]?.length ?? 0;
}
