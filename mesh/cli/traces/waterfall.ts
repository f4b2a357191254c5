import type { Colors } from 'picocolors/types.js';
import { formatColumns } from '#mesh/cli/output/output.ts';
import { countOf, formatDuration, formatTime } from '#mesh/telemetry/traces/format.ts';
import { type Span, serviceOf, startOf } from '#mesh/telemetry/traces/span.ts';
import { isError, outcomeOf, shortName, versionOf } from '#mesh/telemetry/traces/span-facts.ts';
import { summaryOf, type TraceSummary } from '#mesh/telemetry/traces/tree/summary.ts';
import { type Row, rowsOf, treeOf } from '#mesh/telemetry/traces/tree/trace-tree.ts';

export interface WaterfallOptions {
  /** Characters in a line. */
  readonly width: number;
  readonly colors: Colors;
  /** The page of this trace. */
  readonly link: string;
}

const durationWidth = 9;
const narrowestBar = 10;

/** One trace as text: a line for each span, nested under its caller, with a bar on a common axis. */
export function formatWaterfall(spans: readonly Span[], options: WaterfallOptions): string {
  const summary = summaryOf({ spans });
  const lines = rowsOf(treeOf(spans)).map((row) => ({ row, label: labelOf(row), outcome: resultOf(row) }));
  const layout = layoutOf(options.width, {
    label: Math.max(...lines.map(({ label }) => label.length)),
    outcome: Math.max(...lines.map(({ outcome }) => outcome.length)),
  });
  const drawn = lines.map((line) => draw(line, { layout, summary, colors: options.colors }));
  return `${heading(spans, summary, options)}\n${[axis(summary, layout), ...drawn].map((line) => `${line.trimEnd()}\n`).join('')}`;
}

function heading(spans: readonly Span[], summary: TraceSummary, { colors, link }: WaterfallOptions): string {
  const { root, duration, errors, timestamp, services } = summary;
  const failures = errors > 0 ? `, ${colors.red(`✖ ${countOf(errors, 'error')}`)}` : '';
  const facts = `${countOf(spans.length, 'span')} in ${countOf(services.length, 'service')}${failures}`;
  const title = root ? `${serviceOf(root)} ${shortName(root)}` : '';
  return [
    `${colors.bold(title)}  ${formatDuration(duration)}`,
    `${formatTime(timestamp)}, ${facts}`,
    link,
    '',
  ].join('\n');
}

interface Layout {
  readonly label: number;
  readonly bar: number;
  readonly outcome: number;
}

/** The names get what they need, up to half of the line; the bars get the rest. */
function layoutOf(width: number, { label, outcome }: Omit<Layout, 'bar'>): Layout {
  const shown = Math.min(label, Math.max(16, Math.floor(width / 2)));
  const rest = width - shown - outcome - durationWidth - 4;
  return { label: shown, bar: Math.max(narrowestBar, rest), outcome };
}

function labelOf({ span, depth }: Row): string {
  const version = versionOf(span);
  const lead = depth === 0 ? '' : `${' '.repeat(depth - 1)}└`;
  return `${lead}${serviceOf(span)}${version ? ` ${version}` : ''} ${shortName(span)}`;
}

function resultOf({ span, attempt, orphan }: Row): string {
  const tries = attempt && `attempt ${attempt.number}/${attempt.of}`;
  const outcome = outcomeOf(span);
  const failed = isError(span) ? `✖ ${outcome || 'error'}` : outcome;
  return [failed, tries, orphan && 'parent missing'].filter(Boolean).join(' ');
}

interface Line {
  readonly row: Row;
  readonly label: string;
  readonly outcome: string;
}

interface Canvas {
  readonly layout: Layout;
  readonly summary: TraceSummary;
  readonly colors: Colors;
}

function draw({ row, label, outcome }: Line, { layout, summary, colors }: Canvas): string {
  const failed = isError(row.span);
  const paint = failed ? colors.red : colors.cyan;
  const name = fitted(label, layout.label).padEnd(layout.label);
  const duration = formatDuration(row.span.duration ?? 0).padStart(durationWidth);
  return `${failed ? colors.red(name) : name} ${paint(barOf(row.span, { layout, summary }))} ${duration}  ${failed ? colors.red(outcome) : outcome}`;
}

/** A failed span differs in its pattern, not only in its colour. */
function barOf(span: Span, { layout, summary }: Omit<Canvas, 'colors'>): string {
  const scale = layout.bar / Math.max(1, summary.duration);
  const length = Math.min(layout.bar, Math.max(1, Math.round((span.duration ?? 0) * scale)));
  const from = Math.round((startOf(span) - summary.timestamp) * scale);
  const start = Math.max(0, Math.min(from, layout.bar - length));
  return `${' '.repeat(start)}${(isError(span) ? '▒' : '█').repeat(length)}`.padEnd(layout.bar);
}

function axis({ duration }: TraceSummary, { label, bar }: Layout): string {
  const [middle, end] = [formatDuration(duration / 2), formatDuration(duration)];
  const left = Math.max(1, Math.floor((bar - middle.length) / 2) - 1);
  const right = bar - 1 - left - middle.length - end.length;
  const ticks =
    right > 0 ? `0${' '.repeat(left)}${middle}${' '.repeat(right)}${end}` : `0${end.padStart(bar - 1)}`;
  return `${' '.repeat(label)} ${ticks}`;
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

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
