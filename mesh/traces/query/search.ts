import type { TagCondition, TraceQuery } from '#mesh/traces/query/query.ts';
import { type Span, serviceOf } from '#mesh/traces/span.ts';
import type { StoredTrace } from '#mesh/traces/store/trace-store.ts';

/**
 * The newest traces that fit. As in Zipkin, service, operation and tags have to be found among the spans of the named
 * service. A duration is that of one of its spans; without a service it is that of the whole trace.
 */
export function search(traces: Iterable<StoredTrace>, query: TraceQuery): readonly StoredTrace[] {
  return [...traces]
    .filter((trace) => matches(trace, query))
    .sort((a, b) => b.summary.timestamp - a.summary.timestamp)
    .slice(0, query.limit);
}

function matches(trace: StoredTrace, query: TraceQuery): boolean {
  const { spans, summary } = trace;
  const { service, operation, error, tags } = query;
  if (error !== undefined && error !== summary.errors > 0) return false;
  if (!within(summary.timestamp / 1000, query.since, query.until)) return false;
  const own = service === undefined ? spans : spans.filter((span) => serviceOf(span) === service);
  if (own.length === 0) return false;
  const named = operation === undefined ? own : own.filter((span) => isCalled(span, operation));
  if (named.length === 0) return false;
  if (!tags.every((tag) => own.some((span) => hasTag(span, tag)))) return false;
  const durations =
    service === undefined && operation === undefined ? [summary.duration] : named.map(durationOf);
  return durations.some((duration) => within(duration, query.minDuration, query.maxDuration));
}

/** Zipkin writes names in lower case, so that nobody can rely on it. */
function isCalled({ name = '' }: Span, operation: string): boolean {
  return name.toLowerCase() === operation.toLowerCase();
}

function durationOf({ duration = 0 }: Span): number {
  return duration;
}

function within(value: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): boolean {
  return value >= least && value <= most;
}

/** Zipkin's annotationQuery finds the text of an annotation too. */
function hasTag({ tags, annotations }: Span, { name, value }: TagCondition): boolean {
  if (value !== undefined) return tags[name] === value;
  return tags[name] !== undefined || annotations.some((annotation) => annotation.value === name);
}
