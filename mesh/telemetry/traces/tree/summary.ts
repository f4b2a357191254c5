import { endOf, type Span, serviceOf, startOf } from '#mesh/telemetry/traces/span.ts';
import {
  isError,
  isOfGateway,
  outsideHostOf,
  questionOf,
  statusOf,
} from '#mesh/telemetry/traces/span-facts.ts';
import { rowsOf, treeOf } from '#mesh/telemetry/traces/tree/trace-tree.ts';

/** A trace in one line of a list. */
export interface TraceSummary {
  /** The span with which the trace begins, as far as it has arrived. */
  readonly root: Span | undefined;
  /** What the user asked for, such as `GET /productpage`; undefined when no span of HTTP tells it. */
  readonly question: string | undefined;
  /** Who was asked, in the order of the calls. */
  readonly hops: readonly string[];
  /** Microseconds since 1970. */
  readonly timestamp: number;
  /** From the first start to the last end, in microseconds. */
  readonly duration: number;
  readonly spans: number;
  readonly errors: number;
  /** The HTTP status that the caller of the whole got, when the root says it. */
  readonly status: string | undefined;
  /** How many spans each service has, the largest first. */
  readonly services: readonly { readonly name: string; readonly spans: number }[];
}

export function summaryOf({ spans }: { readonly spans: readonly Span[] }): TraceSummary {
  const timed = spans.filter(({ timestamp }) => timestamp !== undefined);
  const timestamp = timed.reduce(
    (earliest, span) => Math.min(earliest, startOf(span)),
    Number.POSITIVE_INFINITY,
  );
  const end = timed.reduce((latest, span) => Math.max(latest, endOf(span)), 0);
  const root = rootOf(spans);
  return {
    root,
    question: root && questionOf(root),
    hops: hopsOf(spans),
    timestamp: timed.length === 0 ? 0 : timestamp,
    duration: timed.length === 0 ? 0 : end - timestamp,
    spans: spans.length,
    errors: spans.filter(isError).length,
    status: root && statusOf(root),
    services: servicesOf(spans),
  };
}

/** The earliest span that has no parent, else the earliest one of all. */
function rootOf(spans: readonly Span[]): Span | undefined {
  const tops = spans.filter(({ parentId, shared }) => parentId === undefined && shared !== true);
  const candidates = tops.length > 0 ? tops : spans;
  return candidates.reduce<Span | undefined>(
    (first, span) => (first === undefined || startOf(span) < startOf(first) ? span : first),
    undefined,
  );
}

/** Each service once, without the namespace that goes without saying; the first is whoever took the request. */
function hopsOf(spans: readonly Span[]): readonly string[] {
  const rows = rowsOf(treeOf(spans));
  // Every request comes by the gateway: that tells nothing, unless nobody else was asked.
  const behind = rows.filter(({ span }) => !isOfGateway(span));
  const names = (behind.length > 0 ? behind : rows).flatMap(({ span, children }) => {
    const outside = children.length === 0 ? outsideHostOf(span) : undefined;
    return [serviceOf(span).replace(/\.default$/, ''), ...(outside === undefined ? [] : [outside])];
  });
  return [...new Set(names)];
}

function servicesOf(spans: readonly Span[]): TraceSummary['services'] {
  return [...Map.groupBy(spans, serviceOf)]
    .map(([name, own]) => ({ name, spans: own.length }))
    .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1));
}
