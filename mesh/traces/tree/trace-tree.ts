import { type Span, startOf } from '#mesh/traces/span.ts';
import { attemptsAmong } from '#mesh/traces/tree/attempts.ts';
import { parentsOf } from '#mesh/traces/tree/parents.ts';

/** A try of a call that was made several times. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

export interface SpanNode {
  readonly span: Span;
  readonly children: readonly SpanNode[];
  readonly attempt?: Attempt;
  /** It names a parent that has not been received. */
  readonly orphan: boolean;
}

/** The spans of one trace as the calls that they stand for, siblings in the order of their start. */
export function treeOf(spans: readonly Span[]): readonly SpanNode[] {
  const sorted = [...spans].sort((a, b) => startOf(a) - startOf(b));
  const parents = parentsOf(sorted);
  const children = Map.groupBy(sorted, (span) => parents.get(span));
  const nodesUnder = (parent: Span | undefined): readonly SpanNode[] => {
    const siblings = children.get(parent) ?? [];
    const attempts = attemptsAmong(siblings, parent);
    return siblings.map((span) => {
      const attempt = attempts.get(span);
      const orphan = parent === undefined && span.parentId !== undefined;
      return { span, children: nodesUnder(span), ...(attempt && { attempt }), orphan };
    });
  };
  return nodesUnder(undefined);
}

export interface Row extends SpanNode {
  readonly depth: number;
}

/** The tree from top to bottom, as a waterfall shows it. */
export function rowsOf(nodes: readonly SpanNode[], depth = 0): readonly Row[] {
  return nodes.flatMap((node) => [{ ...node, depth }, ...rowsOf(node.children, depth + 1)]);
}
