import { countOf, formatDuration, formatTime } from '#mesh/traces/format.ts';
import { type Html, html } from '#mesh/traces/page/html.ts';
import { serviceOf } from '#mesh/traces/span.ts';
import { shortName } from '#mesh/traces/span-facts.ts';
import type { StoredTrace } from '#mesh/traces/store/trace-store.ts';

/** One line of the list; the longest trace of the list has the whole bar. Microseconds. */
export function traceRow({ id, summary }: StoredTrace, longest: number): Html {
  const { root, timestamp, duration, spans, errors, status, services } = summary;
  const share = Math.max(0.5, (100 * duration) / longest).toFixed(1);
  return html`<li data-trace="${id}"><a href="/trace/${id}">
<time datetime="${new Date(timestamp / 1000).toISOString()}">${formatTime(timestamp)}</time>
<span class="what"><b>${root ? serviceOf(root) : 'unknown'}</b> ${root && shortName(root)}</span>
<span class="badges">${status && html`<span class="badge">${status}</span>`}${
    errors > 0 && html`<span class="badge bad">✖ ${countOf(errors, 'error')}</span>`
  }</span>
<span class="services">${services.map(({ name, spans: count }) => html`<span>${name} ×${count}</span> `)}</span>
<span class="count">${countOf(spans, 'span')}</span>
<span class="length"><svg class="bar${errors > 0 && ' bad'}" aria-hidden="true"><rect width="${share}%" height="100%" rx="3"/></svg>
<span class="number">${formatDuration(duration)}</span></span>
</a></li>
`;
}
