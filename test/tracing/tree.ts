/** What the tests need to know of a span, whoever keeps it. */
export interface Node {
  readonly id: string;
  readonly parent?: string | undefined;
  /** Who made it, and what it was about. */
  readonly label: string;
  /** Microseconds. */
  readonly start: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Nodes whose parent is not among them. */
export function orphans(nodes: readonly Node[]): Node[] {
  const ids = new Set(nodes.map(({ id }) => id));
  return nodes.filter(({ parent }) => parent === undefined || !ids.has(parent));
}

export function childrenOf(parent: Node | undefined, nodes: readonly Node[]): Node[] {
  return nodes.filter((node) => node.parent === parent?.id).sort((a, b) => a.start - b.start);
}

/** The trace as indented lines, each node below its parent: every line is an edge. */
export function outline(nodes: readonly Node[]): string[] {
  const lines = (node: Node, depth: number): string[] => [
    `${'  '.repeat(depth)}${node.label}`,
    ...childrenOf(node, nodes).flatMap((child) => lines(child, depth + 1)),
  ];
  return orphans(nodes).flatMap((root) => lines(root, 0));
}

/** Envoy's name of a span, in the words of the outline: where the request went. */
export function shortName(name: string): string {
  return name.replace(/^router |; egress$/g, '').replace('.default.svc.cluster.local', '');
}
