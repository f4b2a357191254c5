import { sizeOf } from '#mesh/telemetry/traces/receive/mistake.ts';
import type { Span } from '#mesh/telemetry/traces/span.ts';
import { summaryOf, type TraceSummary } from '#mesh/telemetry/traces/tree/summary.ts';

export interface StoreLimits {
  readonly traces: number;
  readonly spansPerTrace: number;
  /** About how much memory all spans may take. */
  readonly bytes: number;
}

const defaultLimits: StoreLimits = { traces: 1000, spansPerTrace: 2000, bytes: 96 * 1024 * 1024 };

/** A trace as far as it has arrived. */
export interface StoredTrace {
  readonly id: string;
  readonly spans: readonly Span[];
  /** Spans that arrived after the trace was full. */
  readonly dropped: number;
  readonly summary: TraceSummary;
}

/** The last traces, in memory. The one whose first span came earliest goes first; late spans join their trace. */
export class TraceStore {
  readonly #limits: StoreLimits;
  readonly #traces = new Map<string, Entry>();
  #bytes = 0;
  #revision = 0;

  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#traces.size;
  }

  add(spans: readonly Span[]): void {
    for (const span of spans) this.#add(span);
    if (spans.length > 0) this.#revision += 1;
    this.#evict();
  }

  find(id: string): StoredTrace | undefined {
    return this.#traces.get(id);
  }

  /** Every trace, in no particular order. */
  all(): Iterable<StoredTrace> {
    return this.#traces.values();
  }

  #add(span: Span): void {
    let entry = this.#traces.get(span.traceId);
    if (!entry) {
      entry = new Entry(span.traceId);
      this.#traces.set(span.traceId, entry);
    }
    this.#bytes += entry.add(span, this.#limits.spansPerTrace);
  }

  #evict(): void {
    for (const [id, { bytes }] of this.#traces) {
      if (this.#traces.size <= this.#limits.traces && this.#bytes <= this.#limits.bytes) return;
      this.#traces.delete(id);
      this.#bytes -= bytes;
    }
  }
}

class Entry implements StoredTrace {
  readonly id: string;
  readonly spans: Span[] = [];
  dropped = 0;
  bytes = 0;
  #summary: TraceSummary | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get summary(): TraceSummary {
    this.#summary ??= summaryOf(this);
    return this.#summary;
  }

  /** Takes a span in; gives the bytes by which the trace grew. */
  add(span: Span, most: number): number {
    const known = this.spans.findIndex((other) => mergeable(other, span));
    const before = this.spans[known];
    if (!before && this.spans.length >= most) {
      this.dropped += 1;
      return 0;
    }
    const after = before ? merged(before, span) : span;
    this.spans.splice(before ? known : this.spans.length, before ? 1 : 0, after);
    this.#summary = undefined;
    const growth = sizeOf(after) - (before ? sizeOf(before) : 0);
    this.bytes += growth;
    return growth;
  }
}

/**
 * Whether two reports are about one span: an exporter that sends again after a time-out, or a program that reports a
 * span in parts. The halves of a shared span differ in kind, and the servers' halves of several tries in time.
 */
function mergeable(a: Span, b: Span): boolean {
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

function merged(a: Span, b: Span): Span {
  const known = new Set(a.annotations.map(({ timestamp, value }) => `${timestamp} ${value}`));
  const added = b.annotations.filter(({ timestamp, value }) => !known.has(`${timestamp} ${value}`));
  return {
    ...a,
    ...b,
    tags: { ...a.tags, ...b.tags },
    annotations: [...a.annotations, ...added],
  };
}
