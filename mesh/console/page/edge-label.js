import { nothing, svg } from '/lib/lit-html/lit-html.js';
import { milliseconds, percent, rate, shortHost } from './format.js';
import { LABEL } from './graph-layout.js';
import { mark } from './icons.js';
import { state, update } from './store.js';

const MARKS = ['fault', 'timeout', 'retries', 'breaker', 'mirror'];
const WORDS = {
  fault: 'faults on purpose',
  timeout: 'a time-out',
  retries: 'retries',
  breaker: 'a limit',
  mirror: 'a copy',
};

export function mood({ rate: amount, errors, connections }) {
  if (amount === 0 && connections === 0) return 'idle';
  return errors > 0.2 ? 'bad' : errors > 0 ? 'warm' : 'calm';
}

/** Whether its details are shown. */
export function isSelected(id) {
  return state.selected === id;
}

/** Opens details by click, Enter or space; again closes them. */
export function opens(id) {
  const open = () =>
    update({ selected: isSelected(id) ? undefined : id, panel: isSelected(id) ? 'send' : 'details' });
  return {
    click: open,
    key: (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      open();
    },
  };
}

/** What an arrow says of itself: how much passes, how fast or in which share, and the signs of its rules. */
export function label(edge, { x, y }) {
  const id = `edge ${edge.id}`;
  const { click, key } = opens(id);
  const name = mood(edge);
  const lines = [mainLine(edge), secondLine(edge)].filter(Boolean);
  const marks = marksOf(edge);
  if (lines.length === 0 && marks.length === 0) lines.push('idle');
  const rows = lines.length + (marks.length > 0 ? 1 : 0);
  const height = 8 + rows * 14;
  const top = -height / 2;
  return svg`<g class="label ${name} ${isSelected(id) ? 'selected' : ''}" transform="translate(${x} ${y})"
      tabindex="0" role="button" aria-pressed=${isSelected(id)} aria-label=${spoken(edge)} @click=${click} @keydown=${key}>
    <rect x=${-LABEL.width / 2} y=${top} width=${LABEL.width} height=${height} rx="9"/>
    ${lines.map((line, at) => svg`<text y=${top + 15 + at * 14} class="line-${at}">${line} </text>`)}
    ${edge.ruled === undefined || edge.ruled >= 99.9 ? nothing : shareBar(edge, top + height)}
    ${marks.map((one, at) => mark(one.icon, { mood: one.mood, x: at * 18 - marks.length * 9 + 2, y: top + 5 + lines.length * 14, size: 13 }))}
  </g>`;
}

/** How many, and how many of them failed. */
function mainLine(edge) {
  const [often, failed] = mainWords(edge);
  if (often === undefined) return undefined;
  return svg`<tspan class="rate">${often}</tspan>${failed ? svg`<tspan class="failed"> ${failed}</tspan>` : nothing}`;
}

function mainWords({ rate: amount, connections, errors }) {
  if (amount === 0) return connections > 0 ? [`${rate(connections)} connections`] : [];
  return errors > 0 ? [rate(amount), `✖ ${percent(100 * errors)}`] : [rate(amount)];
}

function latencyLine({ p95, rate: amount }) {
  return amount > 0 && p95 !== undefined ? `p95 ${milliseconds(p95)}` : undefined;
}

/** As ruled, then as measured. */
function shareLine({ ruled, measured, conditions, rate: amount }) {
  if (ruled === undefined && conditions.length === 0) return undefined;
  if (ruled === undefined && measured > 99.9) return undefined;
  if (ruled === undefined)
    return measured !== undefined && amount > 0 ? `on condition · ${percent(measured)}` : 'on condition';
  if (ruled >= 99.9 && (measured === undefined || measured > 99.9)) return undefined;
  return measured === undefined || amount === 0
    ? `ruled ${percent(ruled)}`
    : `ruled ${percent(ruled)} · is ${percent(measured)}`;
}

/** The measured share as a bar, the ruled one as a line across it. */
function shareBar({ ruled, measured = 0 }, bottom) {
  const full = LABEL.width - 16;
  const at = (share) => (full * Math.min(100, share)) / 100;
  return svg`<g class="share" transform="translate(${-full / 2} ${bottom - 4})" aria-hidden="true">
    <rect class="track" width=${full} height="3" rx="1.5"/><rect class="is" width=${at(measured)} height="3" rx="1.5"/>
    <rect class="ruled" x=${at(ruled) - 1} y="-2" width="2" height="7"/></g>`;
}

/** A limit is reached, has just turned requests away, or endpoints are put out. */
export function isTripped({ open, ejected, flags }) {
  return open.length > 0 || ejected > 0 || Object.keys(flags).some((flag) => flag.split(',').includes('UO'));
}

function marksOf(edge) {
  const kinds = new Set(edge.marks.map(({ kind }) => kind));
  const tripped = isTripped(edge);
  return [
    ...(edge.secured === undefined ? [] : [{ icon: edge.secured ? 'lock' : 'open' }]),
    ...MARKS.filter((kind) => kinds.has(kind) || (kind === 'breaker' && tripped)).map((kind) => ({
      icon: kind,
      mood: kind === 'breaker' && tripped ? 'tripped' : '',
    })),
  ];
}

export function titleOf(id, nodes) {
  const node = nodes.find((one) => one.id === id);
  if (!node) return shortHost(id);
  const version = node.version && !node.name.endsWith(node.version) ? ` ${node.version}` : '';
  return `${node.name}${version}`;
}

/** What is read out holds what is seen. */
function spoken(edge) {
  const nodes = [{ id: 'you', name: 'you', version: '' }, ...state.graph.nodes];
  const seen = [...mainWords(edge), secondLine(edge)].filter(Boolean).join(' ') || 'idle';
  const marks = [...new Set(edge.marks.map(({ kind }) => WORDS[kind]))];
  if (isTripped(edge)) marks.push('the circuit breaker is open');
  const lock = edge.secured === undefined ? [] : [edge.secured ? 'mutual TLS' : 'plain text'];
  return `${titleOf(edge.from, nodes)} to ${titleOf(edge.to, nodes)}: ${[seen, ...lock, ...marks].join(', ')}`;
}

function secondLine(edge) {
  return shareLine(edge) ?? latencyLine(edge);
}
