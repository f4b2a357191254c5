import type { Span } from '#mesh/traces/span.ts';

/**
 * Whether two reports are about one span: an exporter that sends again after a time-out, or a program that reports a
 * span in parts. The halves of a shared span differ in kind, and the servers' halves of several tries in time.
 */
export function mergeable(a: Span, b: Span): boolean {
  return (
    a.id === b.id &&
    a.kind === b.kind &&
    a.localEndpoint?.serviceName === b.localEndpoint?.serviceName &&
    sameOrUnknown(a.timestamp, b.timestamp) &&
    sameOrUnknown(a.duration, b.duration)
  );
}

function sameOrUnknown(a: number | undefined, b: number | undefined): boolean {
  return a === b || a === undefined || b === undefined;
}

export function merged(a: Span, b: Span): Span {
  const known = new Set(a.annotations.map(({ timestamp, value }) => `${timestamp} ${value}`));
  const added = b.annotations.filter(({ timestamp, value }) => !known.has(`${timestamp} ${value}`));
  return {
    ...a,
    ...b,
    tags: { ...a.tags, ...b.tags },
    annotations: [...a.annotations, ...added],
  };
}
