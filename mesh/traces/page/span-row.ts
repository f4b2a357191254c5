import { formatDuration } from '#mesh/traces/format.ts';
import { type Html, html } from '#mesh/traces/page/html.ts';
import { spanDetails } from '#mesh/traces/page/span-details.ts';
import { type Span, serviceOf, startOf } from '#mesh/traces/span.ts';
import { isError, outcomeOf, shortName, versionOf } from '#mesh/traces/span-facts.ts';
import type { Row } from '#mesh/traces/tree/trace-tree.ts';

/** The time of the whole trace, in microseconds, and the span's colour. */
export interface Axis {
  readonly start: number;
  readonly duration: number;
  readonly color: number;
}

const indentation = 14;
const deepestIndentation = 16;

/** One line of the waterfall, which opens. */
export function spanRow({ span, depth, attempt, orphan }: Row, axis: Axis): Html {
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
