import { html, nothing } from '/lib/lit-html/lit-html.js';
import { json } from './api.js';
import { differences } from './diff.js';
import { Editor, editorView, findings } from './editor.js';
import { clock, objectLink, objectTitle } from './format.js';
import { changed, notify, state } from './store.js';

let objects = [];
let listed;
let filter = '';
let open = { key: undefined, editor: undefined, findings: [], mode: 'edit' };

const NEW = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: example
  namespace: default
spec:
  hosts: [example]
  http:
    - route:
        - destination:
            host: example
`;

export function policiesView() {
  refresh();
  show();
  return html`<h1 class="unseen">Policies</h1><div class="columns ${open.editor || open.gone ? 'chosen' : ''}">
    <section class="card list" aria-label="Objects">
      <div class="heading"><h2>Objects</h2><a class="button small" href="#/policies/new">New</a></div>
      <input type="search" aria-label="Filter objects" placeholder="filter" .value=${filter} @input=${onFilter}>
      ${objectList()}</section>
    <section class="card source" aria-label="Source">${source()}</section>
    <section class="card history" aria-label="Changes"><h2>Changes</h2>${history()}</section></div>`;
}

/** The list follows the changes of policies. */
function refresh() {
  const key = `${state.changes.at(-1)?.id ?? 0} ${state.pods.length}`;
  if (listed === key) return;
  listed = key;
  json('objects').then(
    (found) => {
      objects = found.objects;
      changed();
    },
    () => {
      listed = undefined;
    },
  );
}

function onFilter({ target }) {
  filter = target.value;
  changed();
}

const ORDER = ['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'HTTPRoute', 'GRPCRoute'];

/** What rules traffic comes first, what nobody writes by hand last. */
function rank(kind, policy) {
  const at = ORDER.indexOf(kind);
  if (at >= 0) return at;
  return policy && kind !== 'GatewayClass' ? ORDER.length : ORDER.length + 1;
}

function objectList() {
  const fits = (object) =>
    `${object.kind} ${object.namespace}/${object.name} ${object.about}`
      .toLowerCase()
      .includes(filter.toLowerCase());
  const kinds = new Map();
  for (const object of objects.filter(fits))
    kinds.set(object.kind, [...(kinds.get(object.kind) ?? []), object]);
  const ordered = [...kinds].sort(
    ([left, [a]], [right, [b]]) => rank(left, a.policy) - rank(right, b.policy),
  );
  if (ordered.length === 0)
    return html`<p class="empty">${objects.length === 0 ? 'No object yet.' : 'None fits.'}</p>`;
  return ordered.map(([kind, own]) => html`<h3>${kind}</h3><ul class="objects">${own.map(objectRow)}</ul>`);
}

function objectRow(object) {
  const isOpen = open.key === keyOf(object);
  return html`<li><a href=${objectLink(object)} aria-current=${isOpen}><b>${object.namespace && object.namespace !== 'default' ? `${object.namespace}/` : ''}${object.name}</b> <span class="faint">${object.about}</span></a></li>`;
}

function keyOf({ kind, namespace, name }) {
  return `${kind}/${namespace || '-'}/${name}`;
}

/** Opens what the address names. */
function show() {
  const { rest, query } = state.route;
  const field = query.get('field') ?? '';
  const version = rest[0] === 'new' ? '' : `${listed}`;
  const address = `${rest.join('/')}?${field}`;
  if (open.address === address && (open.version === version || open.editor?.isChanged)) return;
  const isSame = open.address === address;
  open = { ...(isSame ? open : { mode: 'edit', findings: [] }), address, version, key: rest.join('/') };
  if (rest[0] === 'new') open.editor = new Editor(NEW);
  else if (rest.length === 3) fetchObject(rest, field, address);
  else open.editor = undefined;
}

async function fetchObject([kind, place, name], field, address) {
  const query = new URLSearchParams({ kind, name, namespace: place === '-' ? '' : place, field });
  try {
    const found = await json(`object?${query}`);
    if (open.address !== address) return;
    open.editor = new Editor(found.source, found.line);
    open.findings = found.findings;
    open.gone = undefined;
    if (field) requestAnimationFrame(() => requestAnimationFrame(showLine));
  } catch (error) {
    open.gone = error.message;
    open.editor = undefined;
  }
  changed();
}

/** The line that the address names, in the middle of the editor. */
function showLine() {
  document.querySelector('.numbers .here')?.scrollIntoView({ block: 'center' });
}

function source() {
  const { editor, key, mode, gone } = open;
  if (gone) return html`<p class="empty">${gone}.</p>`;
  if (!editor) return html`<p class="empty">Choose an object to read and change it, or make a new one.</p>`;
  const [kind, place, name] = key.split('/');
  const title =
    kind === 'new' ? 'New objects' : objectTitle({ kind, namespace: place === '-' ? '' : place, name });
  const choose = (next) => () => {
    open.mode = next;
    changed();
  };
  return html`<div class="heading"><h2>${title}</h2>${editor.isChanged ? html`<span class="badge warm">changed</span>` : nothing}</div>
    ${mode === 'diff' ? diffView(editor.stored, editor.text) : editorView(editor, `Source of ${title}`)}
    ${open.findings.length > 0 && !editor.isChanged ? html`<h3>Analysis</h3>${findings(open.findings)}` : nothing}
    <div class="buttons"><button class="main" ?disabled=${kind !== 'new' && !editor.isChanged} @click=${apply}>Apply</button>
      <button ?disabled=${!editor.isChanged} @click=${choose(mode === 'diff' ? 'edit' : 'diff')}>${mode === 'diff' ? 'Edit' : 'Differences'}</button>
      <button ?disabled=${!editor.isChanged} @click=${() => editor.write(editor.stored)}>Start over</button>
      ${kind === 'new' ? nothing : html`<button class="bad" @click=${() => remove({ kind, namespace: place === '-' ? '' : place, name })}>Delete</button>`}</div>`;
}

export function diffView(before, after) {
  return html`<pre class="diff" tabindex="0" aria-label="Differences">${differences(before, after).map(
    ({ kind, text }) =>
      html`<span class=${kind}>${{ kept: ' ', gone: '−', new: '+' }[kind]} ${text}\n</span>`,
  )}</pre>`;
}

async function apply() {
  const { editor } = open;
  const { results, diagnostics } = await json('apply', { body: { text: editor.text } });
  editor.diagnostics = diagnostics;
  const refused = diagnostics.filter(({ severity }) => severity === 'error');
  if (refused.length > 0) return notify(`Nothing was changed: ${refused[0].message}`, true);
  editor.stored = editor.text;
  notify(results.map(({ resource, action }) => `${resource} ${action}`).join(', ') || 'Nothing to change.');
  const [only] = results;
  if (open.key === 'new' && only) location.hash = objectLink(only);
  changed();
}

async function remove(object) {
  await json('delete', { body: object });
  notify(`${objectTitle(object)} deleted; Undo brings it back.`);
}

let shown;

function history() {
  const all = [...state.changes].reverse();
  if (all.length === 0) return html`<p class="empty">Nothing has changed since the mesh began.</p>`;
  return html`<ol class="changes">${all.map(changeRow)}</ol>`;
}

function changeRow(change) {
  const isShown = shown?.id === change.id;
  return html`<li><div><time>${clock(change.at)}</time> <span class="badge ${change.action === 'deleted' ? 'bad' : ''}">${change.action}</span></div>
    <a href=${objectLink(change)}>${objectTitle(change)}</a>
    <div class="buttons"><button class="small quiet" aria-expanded=${isShown} @click=${() => look(change.id)}>Differences</button>
      <button class="small quiet" @click=${() => undo(change)}>Undo</button></div>
    ${isShown ? diffView(shown.before, shown.after) : nothing}</li>`;
}

async function look(id) {
  shown = shown?.id === id ? undefined : { id, ...(await json(`change?id=${id}`)) };
  changed();
}

async function undo(change) {
  await json('undo', { body: { id: change.id } });
  notify(`${objectTitle(change)} is as it was before ${clock(change.at)}.`);
}
