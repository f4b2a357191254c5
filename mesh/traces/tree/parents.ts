import { endOf, type Span, serviceOf, startOf } from '#mesh/traces/span.ts';

/**
 * Who called whom. With B3 a server may continue the span that its client began, so that two or more spans have one
 * id: the servers' halves are children of the client's, and what a server calls is a child of its own half.
 */
export function parentsOf(spans: readonly Span[]): ReadonlyMap<Span, Span | undefined> {
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
