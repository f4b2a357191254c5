import { html, nothing } from '/lib/lit-html/lit-html.js';
import { isTripped, titleOf } from './edge-label.js';
import {
  fieldText,
  flagText,
  milliseconds,
  objectLink,
  objectTitle,
  percent,
  rate,
  shortHost,
} from './format.js';
import { withYou } from './graph-view.js';
import { icon } from './icons.js';
import { state, update } from './store.js';

/** What is known about the box or the arrow that is selected. */
export function detailsPanel() {
  const [kind, id] = [state.selected.slice(0, 4), state.selected.slice(5)];
  const graph = withYou(state.graph);
  const found = (kind === 'node' ? graph.nodes : graph.edges).find((one) => one.id === id);
  if (!found) return html`<p class="empty">It is no longer there.</p>`;
  return kind === 'node' ? nodeDetails(found, graph) : edgeDetails(found, graph);
}

function edgeDetails(edge, { nodes }) {
  const [from, to] = [titleOf(edge.from, nodes), titleOf(edge.to, nodes)];
  return html`<h2>${from} <span class="faint">→</span> ${to}</h2>
    ${edge.service ? html`<p class="faint">asked for as ${shortHost(edge.service)}</p>` : nothing}
    <dl class="numbers">
      ${figure('requests', edge.rate > 0 ? rate(edge.rate) : 'none now')}
      ${figure('errors', percent(100 * edge.errors), edge.errors > 0)}
      ${figure('p50', milliseconds(edge.p50))}${figure('p95', milliseconds(edge.p95))}
      ${edge.ruled === undefined ? nothing : figure('ruled', percent(edge.ruled))}
      ${edge.measured === undefined ? nothing : figure('measured', percent(edge.measured))}
      ${figure('in all', Math.round(edge.total).toLocaleString('en'))}
      ${edge.retries > 0 ? figure('retries', rate(edge.retries)) : nothing}
      ${edge.timeouts > 0 ? figure('time-outs', rate(edge.timeouts), true) : nothing}
    </dl>
    ${security(edge)}${breaker(edge)}${flags(edge)}
    ${conditions(edge)}
    ${edge.marks.length > 0 ? html`<h3>On the way</h3><ul class="marks">${edge.marks.map(markLine)}</ul>` : nothing}
    ${edge.origins.length > 0 ? html`<h3>Ruled by</h3><ul>${unique(edge.origins).map(originLine)}</ul>` : nothing}
    ${traceLinks(to, edge)}`;
}

/** As many as one reads at once; the others open. */
const mostAtOnce = 5;

function conditions({ conditions: all }) {
  if (all.length === 0) return nothing;
  const line = ({ when, share }) => html`<li>if <code>${when}</code>: ${percent(share)}</li>`;
  const rest = all.slice(mostAtOnce);
  return html`<h3>On condition</h3><ul>${all.slice(0, mostAtOnce).map(line)}</ul>
    ${rest.length > 0 ? html`<details><summary>${rest.length} more</summary><ul>${rest.map(line)}</ul></details>` : nothing}`;
}

function figure(name, value, isBad = false) {
  return html`<div><dt>${name}</dt><dd class=${isBad ? 'bad-text' : ''}>${value}</dd></div>`;
}

function security({ secured }) {
  if (secured === undefined) return nothing;
  return html`<p class="fact">${icon(secured ? 'lock' : 'open')} ${secured ? 'Mutual TLS: both sides showed a certificate.' : 'Not all of it came over mutual TLS.'}</p>`;
}

function breaker(edge) {
  if (!isTripped(edge)) return nothing;
  const { open, ejected, flags } = edge;
  const turned = flags.UO ? `, ${rate(flags.UO)} turned away` : '';
  const limits =
    open.length > 0 ? `open: the limit ${open.join(', ')} is reached${turned}` : turned && `open${turned}`;
  const out = ejected > 0 ? `${ejected} ${ejected === 1 ? 'endpoint is' : 'endpoints are'} put out` : '';
  return html`<p class="fact bad-text">${icon('breaker')} Circuit breaker ${[limits, out].filter(Boolean).join('; ')}.</p>`;
}

function flags({ flags: found }) {
  const all = Object.entries(found);
  if (all.length === 0) return nothing;
  return html`<h3>Envoy says</h3><ul>${all.map(([flag, often]) => html`<li><code>${flag}</code> ${flagText(flag)}: ${rate(often)}</li>`)}</ul>`;
}

function markLine({ kind, text, origin }) {
  return html`<li>${icon(kind)} <span>${origin ? html`<a href=${objectLink(origin, fieldText(origin.steps))}>${text}</a>` : text}</span></li>`;
}

function unique(origins) {
  const keys = new Map(origins.map((origin) => [JSON.stringify(origin), origin]));
  return [...keys.values()];
}

function originLine(origin) {
  const field = fieldText(origin.steps);
  return html`<li><a href=${objectLink(origin, field)}>${objectTitle(origin)}</a>${field ? html` <code>${field}</code>` : nothing}</li>`;
}

/** A span bears the app's name, with its namespace. */
function traceLinks(name, { to }) {
  if (state.about.traces !== 'traces/') return nothing;
  const node = state.graph.nodes.find(({ id }) => id === to);
  const service = node?.namespace ? `${node.app}.${node.namespace}` : '';
  const query = (more) => `traces/?${new URLSearchParams({ ...(service && { service }), ...more })}`;
  return html`<h3>Traces</h3><p><a href=${query({})}>of ${name}</a> · <a href=${query({ status: 'error' })}>with an error</a></p>`;
}

function nodeDetails(node, { nodes, edges }) {
  const own = state.pods.filter(
    ({ namespace, workload, key }) =>
      node.pods.some(({ name }) => `${name}.${node.namespace}` === key) ||
      `${workload}.${namespace}` === node.id,
  );
  const into = edges.filter(({ to }) => to === node.id);
  const out = edges.filter(({ from }) => from === node.id);
  return html`<h2>${titleOf(node.id, nodes)}</h2>
    <p class="faint">${about(node)}</p>
    ${own.length > 0 ? html`<h3>Pods</h3><ul class="pod-list">${own.map(podLine)}</ul>` : nothing}
    ${wayList('Asked by', into, 'from', nodes)}${wayList('Asks', out, 'to', nodes)}
    ${node.kind === 'workload' ? html`<h3>Objects</h3><p><a href=${objectLink({ kind: 'Deployment', namespace: node.namespace, name: node.name })}>Deployment ${node.name}</a></p>` : nothing}
    ${traceLinks(titleOf(node.id, nodes), { to: node.id })}`;
}

function about({ kind, namespace, sidecar, standIn }) {
  if (kind === 'you') return 'Whoever asks from outside: a browser, curl, this page.';
  if (kind === 'nowhere') return 'Requests that no route or no host took.';
  if (kind === 'outside')
    return standIn ? 'An outside host that a process of this machine plays.' : 'An outside host.';
  const place = `in namespace ${namespace}`;
  if (kind === 'gateway') return `A gateway ${place}: an Envoy without a program.`;
  return `A workload ${place}, ${sidecar ? 'with a sidecar' : 'without a sidecar: no policy holds for what it sends'}.`;
}

function podLine({ key, name, state: word, ready, of, restarts }) {
  const isWell = word === 'Running' && ready === of;
  return html`<li><a href="#/pods/${encodeURIComponent(key)}">${name}</a> <span class="badge ${isWell ? 'fine' : 'bad'}">${word} ${ready}/${of}</span>${restarts > 0 ? html` <span class="faint">${restarts} restarts</span>` : nothing}</li>`;
}

function wayList(title, edges, end, nodes) {
  if (edges.length === 0) return nothing;
  const open = (edge) => () => update({ selected: `edge ${edge.id}` });
  return html`<h3>${title}</h3><ul>${edges.map(
    (edge) =>
      html`<li><button class="link" @click=${open(edge)}>${titleOf(edge[end], nodes)}</button> ${edge.rate > 0 ? rate(edge.rate) : html`<span class="faint">none now</span>`}${edge.errors > 0 ? html` <span class="bad-text">${percent(100 * edge.errors)} errors</span>` : nothing}</li>`,
  )}</ul>`;
}
