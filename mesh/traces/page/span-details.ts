import { formatDuration } from '#mesh/traces/format.ts';
import { type Html, html } from '#mesh/traces/page/html.ts';
import { type Endpoint, type Span, startOf } from '#mesh/traces/span.ts';

/** Everything that is known about a span; `traceStart` in microseconds since 1970. */
export function spanDetails(span: Span, traceStart: number): Html {
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
