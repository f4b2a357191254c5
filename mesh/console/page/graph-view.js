import { ref } from '/lib/lit-html/directives/ref.js';
import { repeat } from '/lib/lit-html/directives/repeat.js';
import { html, nothing, svg } from '/lib/lit-html/lit-html.js';
import { isSelected, label, mood, opens } from './edge-label.js';
import { shortHost } from './format.js';
import { arranged, curve, HEIGHT } from './graph-layout.js';
import { mark } from './icons.js';
import { state, update } from './store.js';

/** A drawing with more arrows stands still: moving them would take the time of what else is drawn. */
const mostThatMove = 30;

/** The mesh as a drawing: boxes and arrows, each of which opens its details. */
export function graphView() {
  const graph = withYou(state.graph);
  if (graph.nodes.length === 0) return html`<p class="empty">No workload runs yet.</p>`;
  const layout = arranged(graph, caption, rooms());
  const { width, height, groups, scale } = layout;
  drawnTall = layout.isTall;
  return html`<div class="drawing" ${ref(inTheMiddle)}><svg class="graph ${graph.edges.length > mostThatMove ? 'still' : ''}" viewBox="0 0 ${width} ${height}" width=${Math.floor(width * scale)} height=${Math.floor(height * scale)}
      role="group" aria-label="The mesh: ${graph.nodes.length} boxes and ${graph.edges.length} arrows">
    <defs>${['calm', 'warm', 'bad', 'idle'].map(arrowHead)}</defs>
    ${groups.map(groupFrame)}
    ${repeat(
      graph.edges,
      ({ id }) => id,
      (edge) => arrow(edge, layout.edge(edge)),
    )}
    ${repeat(
      graph.nodes,
      ({ id }) => id,
      (node) => box(node, layout.node(node.id), graph),
    )}
    ${repeat(
      graph.edges,
      ({ id }) => `label ${id}`,
      (edge) => label(edge, layout.edge(edge)),
    )}
  </svg></div>`;
}

/** A drawing that is wider than its place begins in its middle, where requests come in. */
function inTheMiddle(element) {
  if (element)
    requestAnimationFrame(() => element.scrollTo((element.scrollWidth - element.clientWidth) / 2, 0));
}

/** Whoever asks the gateways stands before them. */
export function withYou({ nodes, edges }) {
  const gateways = nodes.filter(({ kind }) => kind === 'gateway');
  if (gateways.length === 0) return { nodes, edges };
  const you = {
    id: 'you',
    kind: 'you',
    name: 'you',
    namespace: '',
    app: 'you',
    version: '',
    pods: [],
    sidecar: false,
  };
  const ways = gateways.map(({ id }) =>
    summed(
      id,
      edges.filter((edge) => edge.from === id && !edge.mirror),
    ),
  );
  return { nodes: [you, ...nodes], edges: [...ways, ...edges] };
}

function summed(gateway, edges) {
  const total = (field) => edges.reduce((sum, edge) => sum + edge[field], 0);
  const all = total('rate');
  return {
    id: `you → ${gateway}`,
    from: 'you',
    to: gateway,
    service: '',
    rate: all,
    connections: total('connections'),
    errors: all > 0 ? edges.reduce((sum, edge) => sum + edge.rate * edge.errors, 0) / all : 0,
    p50: slowest(edges, 'p50'),
    p95: slowest(edges, 'p95'),
    total: total('total'),
    ...{
      conditions: [],
      marks: [],
      open: [],
      flags: {},
      origins: [],
      retries: 0,
      timeouts: 0,
      ejected: 0,
      mirror: false,
    },
  };
}

function slowest(edges, field) {
  const values = edges.flatMap((edge) => edge[field] ?? []);
  return values.length > 0 ? Math.max(...values) : undefined;
}

function arrowHead(name) {
  return svg`<marker id="head-${name}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7"
    markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="head ${name}" d="M0 0 10 5 0 10z"/></marker>`;
}

function groupFrame({ x, y, width, height }) {
  return svg`<g class="group" transform="translate(${x - width / 2} ${y - height / 2})" aria-hidden="true">
    <rect width=${width} height=${height} rx="18"/></g>`;
}

function arrow(edge, { points }) {
  const name = mood(edge);
  const speed = edge.rate > 20 ? 'fast' : edge.rate > 2 ? 'swift' : 'slow';
  const width = name === 'idle' ? 1.5 : Math.min(6, 1.8 + Math.log2(1 + edge.rate) * 0.5);
  const id = `edge ${edge.id}`;
  const { click } = opens(id);
  const path = curve(points);
  return svg`<g class="edge ${name} ${edge.mirror ? 'mirror' : ''} ${isSelected(id) ? 'selected' : ''}" @click=${click}>
    <path class="reach" d=${path}/>
    <path class="line" d=${path} stroke-width=${width.toFixed(2)} marker-end="url(#head-${name})"/>
    ${name === 'idle' ? nothing : svg`<path class="flow ${speed}" d=${path}/>`}
  </g>`;
}

function box(node, { x, y, width }, { edges }) {
  const id = `node ${node.id}`;
  const { click, key } = opens(id);
  const into = edges.filter(({ to }) => to === node.id);
  const all = into.reduce((sum, edge) => sum + edge.rate, 0);
  const failed = into.reduce((sum, edge) => sum + edge.rate * edge.errors, 0);
  const health = all > 0 ? mood({ rate: all, errors: failed / all, connections: 0 }) : 'idle';
  const ready = node.pods.filter((pod) => pod.ready).length;
  const isDown = node.kind === 'workload' && ready < node.pods.length;
  const [first, second] = caption(node);
  const classes = ['node', node.kind, health, isDown && 'down', isSelected(id) && 'selected']
    .filter(Boolean)
    .join(' ');
  return svg`<g class=${classes} transform="translate(${x - width / 2} ${y - HEIGHT / 2})" tabindex="0" role="button"
      aria-pressed=${isSelected(id)} aria-label="${first}, ${second}${isDown ? `, ${ready} of ${node.pods.length} pods ready` : ''}"
      @click=${click} @keydown=${key}>
    <rect class="body" width=${width} height=${HEIGHT} rx="14"/>
    ${mark(node.kind, { x: 13, y: 17, size: 24 })}
    <text class="name" x="48" y="26">${cut(first, 17)}</text>
    <text class="more" x="48" y="43">${cut(second, 24)}</text>
    ${node.kind === 'workload' ? podDots(node.pods, width) : nothing}
  </g>`;
}

function caption({ kind, name, namespace, app, version, sidecar, standIn, pods }) {
  const place = namespace && namespace !== 'default' ? namespace : '';
  if (kind === 'you') return [name, 'outside the mesh'];
  if (kind === 'gateway') return [name.replace(/^istio-/, ''), 'gateway'];
  if (kind === 'outside') return [shortHost(name), standIn ? 'outside, played here' : 'outside'];
  if (kind === 'nowhere') return [name, 'refused or not found'];
  const count = pods.length === 1 ? '' : `${pods.length} pods`;
  const more = [version, place, count, sidecar ? '' : 'no sidecar'].filter(Boolean).join(' · ');
  return [app, more || 'workload'];
}

/** A dot for each pod; a hollow one is not ready. */
function podDots(pods, width) {
  return pods.slice(0, 12).map(
    ({ ready }, at) => svg`<circle class="pod ${ready ? 'ready' : 'unready'}"
    cx=${width - 13} cy=${14 + at * 9 - (at > 5 ? 54 : 0)} r="3.2" transform="translate(${at > 5 ? -9 : 0} 0)"/>`,
  );
}

function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Beside a tall drawing stand the charts, below a flat one; in steps, so that it is not arranged anew at every pixel. */
function rooms() {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const card = document.querySelector('.picture')?.clientWidth ?? innerWidth - 26 * rem;
  const inner = card - 2.2 * rem;
  const isAlone = state.route.view !== 'graph';
  const hasChartsBeside = !isAlone && matchMedia('(min-width: 70rem)').matches;
  const step = (value) => Math.max(240, Math.floor(value / 20) * 20);
  return {
    flat: { width: step(inner), height: step(innerHeight * (isAlone ? 0.8 : 0.56)) },
    tall: {
      width: step(hasChartsBeside ? inner - 21.5 * rem : inner),
      height: step(innerHeight - 9 * rem),
    },
  };
}

/** Whether the mesh was drawn from the top to the bottom. */
export function isTall() {
  return drawnTall;
}

let drawnTall = false;
addEventListener('resize', () => update({}));
