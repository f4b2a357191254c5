import { formatColumns } from '#mesh/cli/output/columns.ts';
import { formatDuration, formatTime } from '#mesh/traces/format.ts';
import { type Span, serviceOf } from '#mesh/traces/span.ts';
import { shortName } from '#mesh/traces/span-facts.ts';
import { summaryOf } from '#mesh/traces/tree/summary.ts';

const header = ['TIME', 'TRACE ID', 'DURATION', 'STATUS', 'SPANS', 'ERRORS', 'ROOT'];

/** Traces as a table, the newest first. */
export function formatTraceList(traces: readonly (readonly Span[])[]): string {
  const sorted = traces
    .map((spans) => ({ id: spans[0]?.traceId ?? '', summary: summaryOf({ spans }) }))
    .sort((a, b) => b.summary.timestamp - a.summary.timestamp);
  const rows = sorted.map(({ id, summary: { timestamp, duration, status, spans, errors, root } }) => [
    formatTime(timestamp),
    id,
    formatDuration(duration),
    status ?? '-',
    String(spans),
    errors > 0 ? `✖ ${errors}` : '-',
    root ? `${serviceOf(root)} ${shortName(root)}` : '-',
  ]);
  return formatColumns([header, ...rows]);
}
