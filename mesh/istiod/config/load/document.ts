import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { Position } from '#mesh/diagnostic.ts';

export type YamlPath = readonly (string | number)[];

/** One YAML document of a manifest: plain data and the way back to the line of each of its fields. */
export interface ManifestDocument {
  /** As the user named it: `istio/chain/ingress.yaml`, `<stdin>`, a URL. */
  readonly file: string;
  readonly value: unknown;
  /** The position of the field at `path`, or of its nearest ancestor that is in the document. */
  at(path: YamlPath): Position;
}

/** A manifest's text. */
export interface SourceFile {
  /** As the user named it (`k8s/chain.yaml`, `<stdin>`); it is what diagnostics show. */
  readonly file: string;
  readonly text: string;
}

/** A mistake in a document other than its syntax, at the offset of a node. */
export interface NodeProblem {
  readonly code: 'DUPLICATE_KEY' | 'COLLECTION_KEY' | 'TOO_MANY_ALIASES';
  readonly message: string;
  readonly pos: readonly [number, ...number[]];
}

interface SurveyedNodes {
  readonly problems: readonly NodeProblem[];
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
}

/** The parser looks through all of them for each of them. */
const MOST_ALIASES = 1_000;

/** One look at every node of a document, in the order of the text. */
export function surveyNodes({ contents }: Document.Parsed): SurveyedNodes {
  const problems: NodeProblem[] = [];
  const aliases = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  // An explicit stack, since a document may be nested deeper than calls can be.
  const waiting: unknown[] = [contents];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (isPair(node)) {
      waiting.push(node.value, node.key);
      continue;
    }
    if (!isNode(node)) continue;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) aliases.set(node, target);
      if (aliases.size === MOST_ALIASES + 1) problems.push(tooManyAliases(node));
      continue;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isMap(node)) problems.push(...keyProblems(node.items));
    if (isCollection(node)) for (const item of node.items.toReversed()) waiting.push(item);
  }
  return { problems, aliases };
}

function keyProblems(items: readonly { readonly key: unknown }[]): readonly NodeProblem[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }) => {
    if (isCollection(key))
      return [problem('COLLECTION_KEY', 'a key must be a text, not a list or an object', key)];
    // A symbol is the merge key `<<`, of which there may be several.
    const value = isScalar(key) ? key.value : key;
    if (typeof value === 'symbol' || !isNode(key)) return [];
    const name = String(value);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [problem('DUPLICATE_KEY', 'Map keys must be unique', key)];
  });
}

function tooManyAliases(node: Alias): NodeProblem {
  return problem('TOO_MANY_ALIASES', `a document may have at most ${MOST_ALIASES} aliases`, node);
}

function problem(code: NodeProblem['code'], message: string, node: unknown): NodeProblem {
  return { code, message, pos: [(isNode(node) && node.range?.[0]) || 0] };
}

interface PositionsOptions {
  readonly file: string;
  readonly yaml: Document.Parsed;
  readonly lineCounter: LineCounter;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
}

interface Member {
  readonly node: unknown;
  readonly offset: number | undefined;
}

/**
 * From a field's path to its place: that of the key for a member of a map, of the item for a member of a list. A path
 * that leads out of the document ends at the last step that is in it.
 */
export function positionsOf({
  file,
  yaml,
  lineCounter,
  aliases,
}: PositionsOptions): (path: YamlPath) => Position {
  // Made when a map is first looked into: most documents are never asked.
  const indexes = new Map<YAMLMap, ReadonlyMap<string, Member>>();

  function follow(node: unknown, step: string | number): Member | undefined {
    if (isMap(node)) {
      const index = indexes.get(node) ?? membersOf(node);
      indexes.set(node, index);
      return index.get(String(step));
    }
    if (!isCollection(node)) return undefined;
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { node: item, offset: startOf(item) };
  }

  return (path) => {
    let node: unknown = yaml.contents;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const next = follow(isAlias(node) ? aliases.get(node) : node, step);
      if (!next) break;
      offset = next.offset ?? offset;
      node = next.node;
    }
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  };
}

function membersOf({ items }: YAMLMap): ReadonlyMap<string, Member> {
  const members = items.map(
    ({ key, value }) => [keyName(key), { node: value, offset: startOf(key) }] as const,
  );
  return new Map(members);
}

function keyName(key: unknown): string {
  return String(isNode(key) ? key.toJSON() : key);
}

function startOf(value: unknown): number | undefined {
  if (isPair(value)) return startOf(value.key);
  return isNode(value) ? (value as Node).range?.[0] : undefined;
}
