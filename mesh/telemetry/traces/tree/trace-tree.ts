import { endOf, type Span, serviceOf, startOf } from '#mesh/telemetry/traces/span.ts';
import { isError, peerOf, resendsOf } from '#mesh/telemetry/traces/span-facts.ts';

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

/** A try of a call that was made several times. */
interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** Which of the children of a span are tries of the same call; the children are in the order of their start. */
function attemptsAmong(siblings: readonly Span[], parent: Span | undefined): ReadonlyMap<Span, Attempt> {
  const attempts = new Map<Span, Attempt>();
  if (siblings.length < 2) return attempts;
  const groups = Map.groupBy(siblings, (span) => callOf(span, parent));
  for (const [call, group] of groups) {
    if (call === undefined || group.length < 2 || !areTries(group)) continue;
    group.forEach((span, index) => {
      attempts.set(span, { number: index + 1, of: group.length });
    });
  }
  return attempts;
}

/**
 * Calls that can be tries of one another: a client's calls of one upstream, or the servers that answered one call of a
 * client, which need not be of one service, as a second try may reach another version.
 */
function callOf(span: Span, parent: Span | undefined): string | undefined {
  if (isClient(span)) return `${span.name} ${peerOf(span)}`;
  return span.kind === 'SERVER' && parent !== undefined && isClient(parent) ? 'answer' : undefined;
}

function isClient({ kind }: Span): boolean {
  return kind === 'CLIENT' || kind === 'PRODUCER';
}

/**
 * Tries follow one another, and all but the last have failed. What a client says itself needs no such evidence, and
 * neither do several servers that continue one and the same span.
 */
function areTries(calls: readonly Span[]): boolean {
  if (calls.every(({ id }) => id === calls[0]?.id)) return true;
  if (calls.some((call) => resendsOf(call) > 0)) return true;
  return calls.slice(0, -1).every((call, index) => {
    const next = calls[index + 1];
    return isError(call) && next !== undefined && endOf(call) <= startOf(next);
  });
}

/**
 * Who called whom. With B3 a server may continue the span that its client began, so that two or more spans have one
 * id: the servers' halves are children of the client's, and what a server calls is a child of its own half.
 */
function parentsOf(spans: readonly Span[]): ReadonlyMap<Span, Span | undefined> {
  const byId = Map.groupBy(spans, ({ id }) => id);
  const parents = new Map<Span, Span | undefined>();
  for (const span of spans) {
    const parent = otherHalf(span, byId) ?? namedParent(span, byId);
    parents.set(span, parent && leadsTo(parent, span, parents) ? undefined : parent);
  }
  return parents;
}

type SpansById = ReadonlyMap<string, readonly Span[]>;

/** The client's half of a span of which this is the server's. */
function otherHalf(span: Span, byId: SpansById): Span | undefined {
  if (!isServerHalf(span)) return undefined;
  const clients = (byId.get(span.id) ?? []).filter((other) => other !== span && !isServerHalf(other));
  return bestMatch(clients, span);
}

function isServerHalf({ kind, shared }: Span): boolean {
  return shared === true || kind === 'SERVER' || kind === 'CONSUMER';
}

function namedParent(span: Span, byId: SpansById): Span | undefined {
  const candidates = (byId.get(span.parentId ?? '') ?? []).filter(({ id }) => id !== span.id);
  const own = candidates.filter((candidate) => serviceOf(candidate) === serviceOf(span));
  const servers = candidates.filter(isServerHalf);
  // A program and its sidecar have different names, so that the name alone does not tell.
  return bestMatch(own, span) ?? bestMatch(servers, span) ?? bestMatch(candidates, span);
}

/** Of several tries under one id: the one during which the span began, else the last one before it. */
function bestMatch(candidates: readonly Span[], span: Span): Span | undefined {
  const started = candidates.filter((candidate) => startOf(candidate) <= startOf(span));
  const running = started.filter((candidate) => endOf(candidate) >= startOf(span));
  return running.at(-1) ?? started.at(-1) ?? candidates[0];
}

/** Whether going up from `from` ends at `target`: broken senders make circles. */
function leadsTo(from: Span, target: Span, parents: ReadonlyMap<Span, Span | undefined>): boolean {
  for (let span: Span | undefined = from; span; span = parents.get(span)) {
    if (span === target) return true;
  }
  return false;
}
