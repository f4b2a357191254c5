import { endOf, type Span, startOf } from '#mesh/traces/span.ts';
import { isError, peerOf, resendsOf } from '#mesh/traces/span-facts.ts';
import type { Attempt } from '#mesh/traces/tree/trace-tree.ts';

/** Which of the children of a span are tries of the same call; the children are in the order of their start. */
export function attemptsAmong(
  siblings: readonly Span[],
  parent: Span | undefined,
): ReadonlyMap<Span, Attempt> {
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
