import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  type LineCounter,
  type Node,
} from 'yaml';
import type { Position } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';

interface PositionsOptions {
  readonly file: string;
  readonly yaml: Document.Parsed;
  readonly lineCounter: LineCounter;
}

/**
 * From a field's path to its place: that of the key for a member of a map, of the item for a member of a list. A path
 * that leads out of the document ends at the last step that is in it.
 */
export function positionsOf({ file, yaml, lineCounter }: PositionsOptions): (path: YamlPath) => Position {
  return (path) => {
    let node: unknown = yaml.contents;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const next = follow(resolve(node, yaml), step);
      if (!next) break;
      offset = next.offset ?? offset;
      node = next.node;
    }
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  };
}

function follow(
  node: unknown,
  step: string | number,
): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => keyName(key) === String(step));
    return pair && { node: pair.value, offset: startOf(pair.key) };
  }
  if (!isCollection(node)) return undefined;
  const item = node.items[Number(step)];
  return item === undefined ? undefined : { node: item, offset: startOf(item) };
}

function keyName(key: unknown): string {
  return String(isNode(key) ? key.toJSON() : key);
}

function resolve(node: unknown, yaml: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(yaml) : node;
}

function startOf(value: unknown): number | undefined {
  if (isPair(value)) return startOf(value.key);
  return isNode(value) ? (value as Node).range?.[0] : undefined;
}
