import { ownValue } from '#mesh/own-value.ts';
import { type Span, serviceOf } from '#mesh/telemetry/traces/span.ts';
import type { StoredTrace } from '#mesh/telemetry/traces/store/trace-store.ts';

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

/** Zipkin writes names in lower case, so the search ignores case. */
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
  const tag = ownValue(tags, name);
  if (value !== undefined) return tag === value;
  return tag !== undefined || annotations.some((annotation) => annotation.value === name);
}

/** The conditions of a search; absent ones do not count. */
export interface TraceQuery {
  readonly service?: string;
  /** The name of an operation, whole. */
  readonly operation?: string;
  /** Microseconds, both ends included. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
  /** Only traces with an error (true), or without one (false). */
  readonly error?: boolean;
  readonly tags: readonly TagCondition[];
  /** The trace began in this span of time; milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
}

/** A tag of this name, with this value when one is given. */
export interface TagCondition {
  readonly name: string;
  readonly value?: string;
}
