import { AsyncDirective } from '/lib/lit-html/async-directive.js';
import { directive } from '/lib/lit-html/directive.js';
import { html, nothing } from '/lib/lit-html/lit-html.js';
import uPlot from '/lib/uplot/uPlot.esm.js';
import { titleOf } from './edge-label.js';
import { clock, milliseconds, objectLink, objectTitle, rate } from './format.js';
import { withYou } from './graph-view.js';
import { state } from './store.js';

/** As many seconds as a chart shows. */
const LENGTH = 300;

/** Of each arrow: times in seconds, requests and errors per second, milliseconds. */
const series = new Map();

/** Keeps what has just come for the charts. */
export function remember(graph) {
  const { edges } = withYou(graph);
  const at = graph.at / 1000;
  for (const edge of edges) {
    const kept = series.get(edge.id) ?? [[], [], [], []];
    series.set(edge.id, kept);
    if (kept[0].at(-1) >= at) continue;
    const values = [
      at,
      edge.rate || edge.connections,
      edge.rate * edge.errors,
      edge.rate > 0 ? (edge.p95 ?? null) : null,
    ];
    for (const [index, value] of values.entries()) {
      kept[index].push(value);
      while (kept[index].length > LENGTH) kept[index].shift();
    }
  }
}

/** What the charts are about: the selected arrow, those into the selected box, or what comes from outside. */
function subject() {
  const { edges, nodes } = withYou(state.graph);
  const [kind, id] = [state.selected?.slice(0, 4), state.selected?.slice(5)];
  const name = (edge) => `${titleOf(edge.from, nodes)} → ${titleOf(edge.to, nodes)}`;
  const edge = kind === 'edge' ? edges.find((one) => one.id === id) : undefined;
  if (edge) return { title: name(edge), edges: [edge] };
  const into = kind === 'node' ? edges.filter(({ to }) => to === id) : [];
  if (into.length > 0) return { title: `into ${titleOf(id, nodes)}`, edges: into };
  const outside = edges.filter(({ from }) => from === 'you');
  return { title: 'from outside', edges: outside.length > 0 ? outside : edges.slice(0, 1) };
}

export function chartsView() {
  const { title, edges } = subject();
  const data = joined(edges.map(({ id }) => series.get(id)).filter(Boolean));
  const [requests, errors, slow] = data.slice(1).map((values) => values.at(-1) ?? 0);
  return html`<div class="charts" role="group" aria-label="Charts ${title}">
    <figure><figcaption><b>Requests</b> ${title} <span class="now">${rate(requests)}${errors > 0 ? html` <span class="bad-text">${rate(errors)} failed</span>` : nothing}</span></figcaption>
      ${chart({ data: [data[0], data[1], data[2]], kind: 'requests' })}</figure>
    <figure><figcaption><b>p95</b> ${title} <span class="now">${slow ? milliseconds(slow) : '–'}</span></figcaption>
      ${chart({ data: [data[0], data[3]], kind: 'latency' })}</figure>
  </div>${timeLine()}`;
}

/** Several arrows as one: rates add up, of the times the slowest counts. */
function joined(all) {
  const times = [...new Set(all.flatMap(([at]) => at))].sort((a, b) => a - b);
  const indexes = all.map(([at]) => new Map(at.map((time, index) => [time, index])));
  const values = (column, combine) =>
    times.map((time) => {
      const found = all.flatMap((one, at) => {
        const index = indexes[at].get(time);
        return index === undefined || one[column][index] === null ? [] : [one[column][index]];
      });
      return found.length === 0 ? null : combine(found);
    });
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return [times, values(1, sum), values(2, sum), values(3, (numbers) => Math.max(...numbers))];
}

/** The last changes of policies, which stand as lines in the charts, too. */
function timeLine() {
  const last = state.changes.slice(-4).reverse();
  if (last.length === 0) return nothing;
  return html`<div class="time-line"><b>Changes</b><ol>${last.map(
    (change) =>
      html`<li><time>${clock(change.at)}</time> <a href=${objectLink(change)}>${objectTitle(change)}</a> ${change.action}</li>`,
  )}</ol></div>`;
}

class ChartDirective extends AsyncDirective {
  constructor(part) {
    super(part);
    this.host = document.createElement('div');
    this.host.className = 'chart';
    this.host.setAttribute('aria-hidden', 'true');
    this.observer = new ResizeObserver(() => this.size());
  }

  render(options) {
    this.options = options;
    this.theme ??= '';
    const theme = document.documentElement.dataset.theme + matchMedia('(prefers-color-scheme: dark)').matches;
    queueMicrotask(() => {
      if (this.theme !== theme) this.rebuild(theme);
      this.plot?.setData(range(options.data));
    });
    return this.host;
  }

  rebuild(theme) {
    if (!this.host.isConnected) return;
    this.theme = theme;
    this.plot?.destroy();
    this.plot = new uPlot(plotOptions(this.options.kind, this.host), range(this.options.data), this.host);
    this.observer.observe(this.host);
  }

  size() {
    const width = this.host.clientWidth;
    if (width > 0 && width !== this.plot?.width) this.plot?.setSize({ width, height: HEIGHT });
  }

  disconnected() {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
    this.theme = '';
  }

  reconnected() {
    this.theme = '';
  }
}

const chart = directive(ChartDirective);
const HEIGHT = 96;

/** A chart without a second point would have no width. */
function range(data) {
  return data[0].length > 1
    ? data
    : [[Date.now() / 1000 - 1, Date.now() / 1000], ...data.slice(1).map(() => [null, null])];
}

function plotOptions(kind, host) {
  const color = (name) => resolved(host, `var(--chart-${name})`);
  const line = (stroke, fill) => ({
    stroke: color(stroke),
    width: 2,
    points: { show: false },
    spanGaps: true,
    ...(fill && { fill: color(fill) }),
  });
  const axis = {
    stroke: color('text'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  const unit = (value) => (kind === 'latency' ? milliseconds(value) : String(value));
  return {
    width: Math.max(120, host.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: (_plot, _min, max) => [max - LENGTH, max] },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.15, kind === 'latency' ? 10 : 1)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        values: (_plot, times) => times.map((time) => clock(time * 1000).slice(0, 5)),
      },
      { ...axis, size: 52, space: 30, values: (_plot, values) => values.map(unit) },
    ],
    series: [{}, ...(kind === 'latency' ? [line('latency')] : [line('requests', 'area'), line('errors')])],
    hooks: { draw: [(plot) => drawChanges(plot, color('change'))] },
  };
}

/** A canvas knows no variables and no pairs of light and dark. */
function resolved(host, color) {
  const probe = document.createElement('i');
  probe.style.color = color;
  host.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A line for each change of policy. */
function drawChanges(plot, color) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at } of state.changes) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
