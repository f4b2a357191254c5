import { countOf, formatDuration, formatTime } from '#mesh/traces/format.ts';
import { type Html, html } from '#mesh/traces/page/html.ts';
import type { Page } from '#mesh/traces/page/layout.ts';
import { spanRow } from '#mesh/traces/page/span-row.ts';
import { serviceOf } from '#mesh/traces/span.ts';
import { shortName } from '#mesh/traces/span-facts.ts';
import type { StoredTrace } from '#mesh/traces/store/trace-store.ts';
import { rowsOf, treeOf } from '#mesh/traces/tree/trace-tree.ts';

/** Bars have this many colours; a service's name stands beside each of them. */
const colors = 8;
const ticks = [0, 0.25, 0.5, 0.75, 1];

/** The waterfall of one trace. */
export function tracePage({ id, spans, dropped, summary }: StoredTrace): Page {
  const { root, timestamp, duration, errors, services } = summary;
  const title = root ? `${serviceOf(root)} ${shortName(root)}` : id;
  const rows = rowsOf(treeOf(spans));
  const order = [...new Set(rows.map(({ span }) => serviceOf(span)))];
  const color = (service: string) => order.indexOf(service) % colors;
  return {
    title: `${title} – ${formatDuration(duration)}`,
    script: 'trace',
    body: html`<header class="trace"><p><a href="/">← All traces</a></p><h1>${title}</h1>
<p class="facts"><span><b>${formatDuration(duration)}</b></span> <span>at ${formatTime(timestamp)} on
${new Date(timestamp / 1000).toDateString()}</span> <span>${countOf(spans.length, 'span')} in
${countOf(services.length, 'service')}</span> ${errors > 0 && html`<span class="badge bad">✖ ${countOf(errors, 'error')}</span>`}
<span>trace <code>${id}</code></span> <a href="/api/v2/trace/${id}">JSON</a></p></header>
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
