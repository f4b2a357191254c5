import { type Html, html } from '#mesh/serve/html.ts';
import { countOf, formatDuration, formatTime } from '#mesh/telemetry/traces/format.ts';
import type { Page } from '#mesh/telemetry/traces/page/layout.ts';
import { type Endpoint, type Span, serviceOf, startOf } from '#mesh/telemetry/traces/span.ts';
import { askedAt, isError, outcomeOf, shortName, versionOf } from '#mesh/telemetry/traces/span-facts.ts';
import type { StoredTrace } from '#mesh/telemetry/traces/store/trace-store.ts';
import { type Row, rowsOf, treeOf } from '#mesh/telemetry/traces/tree/trace-tree.ts';

/** Bars have this many colours; a service's name stands beside each of them. */
const colors = 8;
const ticks = [0, 0.25, 0.5, 0.75, 1];

/** The waterfall of one trace. */
export function tracePage({ id, spans, dropped, summary }: StoredTrace): Page {
  const { root, question, timestamp, duration, errors, services } = summary;
  const page = root && askedAt(root);
  const title = question ?? (root ? `${serviceOf(root)} ${shortName(root)}` : id);
  const rows = rowsOf(treeOf(spans));
  const order = [...new Set(rows.map(({ span }) => serviceOf(span)))];
  const color = (service: string) => order.indexOf(service) % colors;
  return {
    title: `${title} – ${formatDuration(duration)}`,
    script: 'trace',
    body: html`<header class="trace"><p><a href="../">← All traces</a></p><h1>${title}</h1>
<p class="facts"><span><b>${formatDuration(duration)}</b></span> <span>at ${formatTime(timestamp)} on
${new Date(timestamp / 1000).toDateString()}</span> <span>${countOf(spans.length, 'span')} in
${countOf(services.length, 'service')}</span> ${errors > 0 && html`<span class="badge bad">✖ ${countOf(errors, 'error')}</span>`}
<span>trace <code>${id}</code></span> <a href="../api/v2/trace/${id}">JSON</a>
${page !== undefined && html`<a href="${page}" target="_blank" rel="noopener">Ask again</a>`}</p></header>
<main>
<section aria-label="Waterfall">
<div class="heading"><p class="hint">A line for each span; open one for its tags.</p>
<button id="all" type="button" hidden>Open all</button></div>
${dropped > 0 && html`<p class="hint">${countOf(dropped, 'more span')} came than are kept of one trace.</p>`}
${axis(duration)}
<ol class="spans">${rows.map((row) => spanRow(row, { start: timestamp, duration, color: color(serviceOf(row.span)) }))}</ol>
</section>
</main>`,
  };
}

function axis(duration: number): Html {
  const labels = ticks.map(
    (share) => html`<span>${share === 0 ? '0' : formatDuration(share * duration)}</span>`,
  );
  return html`<div class="axis" aria-hidden="true"><span></span><div>${labels}</div></div>`;
}

/** The time of the whole trace, in microseconds, and the span's colour. */
interface Axis {
  readonly start: number;
  readonly duration: number;
  readonly color: number;
}

const indentation = 14;
const deepestIndentation = 16;

/** One line of the waterfall, which opens. */
function spanRow({ span, depth, attempt, orphan }: Row, axis: Axis): Html {
  const failed = isError(span);
  const version = versionOf(span);
  const width = Math.min(depth, deepestIndentation) * indentation;
  return html`<li><details id="span-${span.id}-${span.kind?.toLowerCase() ?? 'internal'}"><summary>
<span class="name"><svg class="indent" width="${width}" height="1" aria-hidden="true"></svg><span><b>${serviceOf(span)}</b>
${version && html`<span class="version">${version}</span> `}<span class="operation">${shortName(span)}</span> <span class="badges">${span.kind && html`<span class="kind">${span.kind.toLowerCase()}</span>`}${
    attempt && html`<span class="badge attempt">attempt ${attempt.number} of ${attempt.of}</span>`
  }${outcome(span, failed)}${orphan && html`<span class="badge">its parent is missing</span>`}</span></span></span>
${bar(span, { ...axis, failed })}
</summary>${spanDetails(span, axis.start)}</details></li>
`;
}

/** The status and Envoy's flags; a failure has a sign and a word besides its colour. */
function outcome(span: Span, failed: boolean): Html | false {
  const words = outcomeOf(span);
  if (failed) return html`<span class="badge bad">✖ ${words || 'error'}</span>`;
  return words !== '' && html`<span class="badge">${words}</span>`;
}

function bar(span: Span, { start, duration, color, failed }: Axis & { readonly failed: boolean }): Html {
  const share = (microseconds: number) => (100 * microseconds) / Math.max(1, duration);
  const from = share(Math.max(0, startOf(span) - start));
  const width = Math.max(0.4, share(span.duration ?? 0));
  const x = Math.min(from, 100 - width).toFixed(2);
  const marks = span.annotations.map(
    ({ timestamp }) => html`<circle cx="${share(timestamp - start).toFixed(2)}%" cy="50%" r="2.5"/>`,
  );
  return html`<span class="length"><svg class="bar color-${color}${failed && ' failed'}" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/><rect class="time"
 x="${x}%" width="${width.toFixed(2)}%" height="100%" rx="3"/>${marks}</svg>
<span class="number">${formatDuration(span.duration ?? 0)}</span></span>`;
}

/** Everything that is known about a span; `traceStart` in microseconds since 1970. */
function spanDetails(span: Span, traceStart: number): Html {
  const { tags, annotations } = span;
  const names = Object.keys(tags).sort();
  return html`<div class="details">
${table('Span', [
  ['operation', span.name],
  ['span id', span.id],
  ['parent id', span.parentId],
  ['kind', span.kind?.toLowerCase() ?? 'internal'],
  ['begins after', formatDuration(Math.max(0, startOf(span) - traceStart))],
  ['takes', formatDuration(span.duration ?? 0)],
  ['here', endpointText(span.localEndpoint)],
  ['there', endpointText(span.remoteEndpoint)],
  ['shared', span.shared ? 'continues the span of its client' : undefined],
])}
${table(
  'Tags',
  names.map((name) => [name, tags[name]]),
)}
${table(
  'Events',
  [...annotations]
    .sort((a, b) => a.timestamp - b.timestamp)
    .map(({ timestamp, value }) => [`after ${formatDuration(Math.max(0, timestamp - traceStart))}`, value]),
)}
</div>`;
}

function table(caption: string, rows: readonly (readonly [string, string | undefined])[]): Html | false {
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  if (known.length === 0) return false;
  return html`<table><caption>${caption}</caption><tbody>${known.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

function endpointText(endpoint: Endpoint | undefined): string | undefined {
  if (!endpoint) return undefined;
  const { serviceName, ipv4, ipv6, port } = endpoint;
  const address = ipv4 ?? (ipv6 && `[${ipv6}]`);
  return [serviceName, address && (port ? `${address}:${port}` : address)].filter(Boolean).join(' ');
}
