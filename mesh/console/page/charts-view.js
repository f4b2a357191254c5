import { html, nothing } from '/lib/lit-html/lit-html.js';
import { figure, timeLine } from './charts.js';
import { titleOf } from './edge-label.js';
import { shortHost } from './format.js';
import { withYou } from './graph-view.js';
import { looksAt, MEASURES, quantileOf, withStatus } from './history.js';
import { state } from './store.js';

/** What is beside the graph: the selected arrow, those into the selected box, or what comes from outside. */
export function chartsBeside() {
  const { title, edges } = selected();
  const line = (name, color, measure) => ({ name, color, edges, measure });
  return html`<div class="charts" role="group" aria-label="Charts ${title}">
    ${figure({ title: 'Requests', about: title, unit: 'rate', lines: [line('all', 'requests', MEASURES.volume), line('failed', 'errors', MEASURES.failed)] })}
    ${figure({ title: 'Duration', about: title, unit: 'milliseconds', lines: [line('p50', 2, quantileOf(0.5)), line('p95', 3, quantileOf(0.95))] })}
  </div>${timeLine()}`;
}

function selected() {
  const { edges, nodes } = withYou(state.graph);
  const [kind, id] = [state.selected?.slice(0, 4), state.selected?.slice(5)];
  const edge = kind === 'edge' ? edges.find((one) => one.id === id) : undefined;
  if (edge)
    return { title: `${titleOf(edge.from, nodes)} → ${titleOf(edge.to, nodes)}`, edges: sources(edge) };
  const into = kind === 'node' ? edges.filter(({ to }) => to === id) : [];
  if (into.length > 0) return { title: `into ${titleOf(id, nodes)}`, edges: into.flatMap(sources) };
  const outside = edges.filter(({ from }) => from === 'you');
  return { title: 'from outside', edges: (outside.length > 0 ? outside : edges).flatMap(sources) };
}

/** What comes from outside is what the gateways send on. */
function sources(edge) {
  if (edge.from !== 'you') return [edge];
  return state.graph.edges.filter(({ from, mirror }) => from === edge.to && !mirror);
}

/** As many lines as one tells apart. */
const mostLines = 6;

/** Workloads and services with what comes in and what goes out, as Istio's dashboards have them. */
export function chartsView() {
  const { edges, nodes } = state.graph;
  const services = [...new Set(edges.map(({ service }) => service).filter(Boolean))].sort();
  const workloads = nodes.filter(({ id }) => edges.some(({ from, to }) => from === id || to === id));
  const first = workloads.find(({ kind }) => kind === 'gateway') ?? workloads[0];
  const [kind = 'workload', id = first?.id] = state.route.rest;
  if (!first)
    return html`<h1>Charts</h1><p class="empty">Nothing has been asked yet: send a request, and its way is counted here.</p>`;
  const choose = ({ target }) => {
    location.hash = `#/charts/${target.value.split(' ').map(encodeURIComponent).join('/')}`;
  };
  const option = (value, name) =>
    html`<option value=${value} ?selected=${value === `${kind} ${id}`}>${name}</option>`;
  const into = edges.filter((edge) => (kind === 'service' ? edge.service === id : edge.to === id));
  const out = kind === 'service' ? [] : edges.filter(({ from }) => from === id);
  return html`<div class="heading"><h1>Charts</h1><label class="inline">of <select @change=${choose}>
      <optgroup label="Workloads">${workloads.map((node) => option(`workload ${node.id}`, nameIn(nodes)(node.id)))}</optgroup>
      <optgroup label="Services">${services.map((host) => option(`service ${host}`, shortHost(host)))}</optgroup></select></label></div>
    ${side({ title: 'What comes in', edges: into, end: 'from', nodes })}
    ${side({ title: 'What goes out', edges: out, end: 'to', nodes })}
    ${into.length + out.length === 0 ? html`<p class="empty">${shortHost(id ?? '')} is asked by nobody, and asks nobody.</p>` : nothing}
    ${timeLine()}`;
}

function nameIn(nodes) {
  return (id) => {
    const { namespace } = nodes.find((node) => node.id === id) ?? {};
    const place = namespace && namespace !== 'default' ? ` (${namespace})` : '';
    return `${titleOf(id, nodes)}${place}`;
  };
}

/** One direction: together, and by who is at the other end. */
function side({ title, edges, end, nodes }) {
  if (edges.length === 0) return nothing;
  const about = end === 'from' ? 'by source' : 'by destination';
  const each = (measure) => byEnd(edges, { end, nodes, measure });
  const line = (name, color, measure) => ({ name, color, edges, measure });
  const has = (field) => looksAt(edges).some(([, samples]) => samples.some((one) => one[field] > 0));
  const codes = [
    ...new Set(looksAt(edges).flatMap(([, all]) => all.flatMap((one) => Object.keys(one.codes)))),
  ].sort();
  const quantiles = [0.5, 0.9, 0.95, 0.99].map((share, at) =>
    line(`p${100 * share}`, at + 1, quantileOf(share)),
  );
  const requests = [
    figure({ title: 'Requests', about, unit: 'rate', lines: each(MEASURES.requests) }),
    figure({
      title: 'Success',
      about: `${about}, without 5xx`,
      unit: 'percent',
      lines: each(MEASURES.success),
    }),
    figure({ title: 'Duration', unit: 'milliseconds', lines: quantiles }),
    figure({ title: 'p95', about, unit: 'milliseconds', lines: each(quantileOf(0.95)) }),
    figure({
      title: 'Requests',
      about: 'by status',
      unit: 'rate',
      lines: codes
        .slice(0, mostLines)
        .map((code, at) => line(code === '0' ? 'no answer' : code, at + 1, withStatus(code))),
    }),
  ];
  const bytes = [
    figure({
      title: 'TCP',
      about: 'connections without requests',
      unit: 'bytes',
      lines: [line('received', 1, MEASURES.received), line('sent', 2, MEASURES.sent)],
    }),
  ];
  const isTcp = has('receivedBytes') || has('sentBytes');
  return html`<section class="card dashboard" aria-label=${title}><h2>${title}</h2>
    <div class="charts">${has('rate') || !isTcp ? requests : nothing}${isTcp ? bytes : nothing}</div></section>`;
}

/** A line for each of the busiest at the other end, and one for the rest. */
function byEnd(edges, { end, nodes, measure }) {
  const groups = [...Map.groupBy(edges, (edge) => edge[end])];
  const busy = (own) => own.reduce((sum, { total }) => sum + total, 0);
  const ordered = groups.sort(([, a], [, b]) => busy(b) - busy(a));
  const name = nameIn(nodes);
  const shown = ordered.length > mostLines ? ordered.slice(0, mostLines - 1) : ordered;
  const rest = ordered.slice(shown.length).flatMap(([, own]) => own);
  const all = [...shown.map(([id, own]) => [name(id), own]), ...(rest.length > 0 ? [['others', rest]] : [])];
  return all.map(([title, own], at) => ({ name: title, color: at + 1, edges: own, measure }));
}
