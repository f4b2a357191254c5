import { AsyncDirective } from '/lib/lit-html/async-directive.js';
import { directive } from '/lib/lit-html/directive.js';
import { html, nothing } from '/lib/lit-html/lit-html.js';
import uPlot from '/lib/uplot/uPlot.esm.js';
import { bytes, clock, milliseconds, objectLink, objectTitle, percent, rate } from './format.js';
import { columnsOf, LENGTH } from './history.js';
import { state } from './store.js';

/** A chart begins with this many seconds, and grows to all that is kept. */
const SHORTEST = 60;
const HEIGHT = 110;

/** By what a chart counts: how its values read, the least that its scale shows, and the most that there is. */
const UNITS = {
  rate: { text: rate, least: 1 },
  milliseconds: { text: milliseconds, least: 10 },
  percent: { text: percent, least: 100, most: 100 },
  bytes: { text: (value) => `${bytes(value)}/s`, least: 100 },
};

/**
 * A figure with a line for each measure. Those who do not see it read each line's last value below it.
 *
 * @param lines of each its `name`, its `color` (of the style sheet), its `edges`, and what is measured of them
 */
export function figure({ title, about, unit, lines }) {
  const data = columnsOf(lines);
  const { text } = UNITS[unit];
  const now = (index) => {
    const value = data[index + 1].at(-1);
    return value === null || value === undefined ? '–' : text(value);
  };
  return html`<figure><figcaption><b>${title}</b>${about ? html` <span>${about}</span>` : nothing}
      <ul class="legend">${lines.map(({ name, color }, index) => html`<li><svg width="12" height="4" aria-hidden="true" class="stroke-${color}"><rect width="12" height="4" rx="2"/></svg> <span class="of">${name}</span> <span class="now">${now(index)}</span></li>`)}</ul></figcaption>
    ${chart({ data, unit, colors: lines.map(({ color }) => color) })}</figure>`;
}

/** The last changes of policies, which stand as lines in the charts, too. */
export function timeLine() {
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
    this.drawn ??= '';
    const theme = document.documentElement.dataset.theme + matchMedia('(prefers-color-scheme: dark)').matches;
    const drawn = JSON.stringify([theme, options.unit, options.colors]);
    queueMicrotask(() => {
      if (this.drawn !== drawn) this.rebuild(drawn);
      this.draw();
    });
    return this.host;
  }

  /** Only what has come since is worth the time. */
  draw() {
    const { data } = this.options;
    const ends = data.map((column) => [column.length, column[0], column.at(-1)]);
    const key = JSON.stringify([ends, state.changes.at(-1)?.id]);
    if (key === this.key) return;
    this.key = key;
    this.plot?.setData(filled(data));
  }

  rebuild(drawn) {
    if (!this.host.isConnected) return;
    this.drawn = drawn;
    this.key = undefined;
    this.plot?.destroy();
    this.plot = new uPlot(plotOptions(this.options, this.host), filled(this.options.data), this.host);
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
    this.drawn = '';
  }

  reconnected() {
    this.drawn = '';
  }
}

const chart = directive(ChartDirective);

/** A chart without a second point would have no width. */
function filled(data) {
  const now = Date.now() / 1000;
  return data[0].length > 1 ? data : [[now - 1, now], ...data.slice(1).map(() => [null, null])];
}

function plotOptions({ unit, colors }, host) {
  const color = (name) => resolved(host, `var(--chart-${name})`);
  const { text, least, most } = UNITS[unit];
  const axis = {
    stroke: color('text'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { show: false },
    font: `${Math.round(0.72 * rem())}px system-ui`,
  };
  const clockText = (time) => clock(time * 1000).slice(0, time % 60 === 0 ? 5 : 8);
  return {
    width: Math.max(120, host.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: (plot, min, max) => [max - lengthOf(plot.data[0], max, min), max] },
      y: { range: (_plot, _min, max) => [0, most ?? Math.max(max * 1.15, least)] },
    },
    axes: [
      { ...axis, size: 22, space: 76, values: (_plot, times) => times.map(clockText) },
      {
        ...axis,
        size: 3.6 * rem(),
        space: 30,
        values: (_plot, values) => values.map((value) => text(value)),
      },
    ],
    series: [
      {},
      ...colors.map((name) => ({ stroke: color(name), width: 2, points: { show: false }, spanGaps: true })),
    ],
    hooks: { draw: [(plot) => drawChanges(plot, color('change'))] },
  };
}

function rem() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** All that is known, but no sliver of it. */
function lengthOf([first], last, min) {
  return Math.min(LENGTH, Math.max(SHORTEST, last - (first ?? min)));
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
