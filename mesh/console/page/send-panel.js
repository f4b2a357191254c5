import { live } from '/lib/lit-html/directives/live.js';
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { call, json, parts } from './api.js';
import { milliseconds, objectLink } from './format.js';
import { changed, notify, state } from './store.js';

/** What the form holds. */
const form = { from: '', method: 'GET', url: '', headers: [], rate: 5, chosenUrl: false };
/** What came of it. */
const result = {
  sending: undefined,
  statuses: new Map(),
  times: [],
  last: undefined,
  failed: undefined,
};
let explanation;
let asked = '';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const PRESETS = [
  { name: 'fail 30 %', header: ['fail', '0.3'] },
  { name: 'canary', header: ['x-dev-user', 'super-secret'] },
  { name: 'user jason', header: ['end-user', 'jason'] },
];

export function sendPanel() {
  const { senders, token } = state.about;
  if (!senders.some(({ id }) => id === form.from)) choose(senders[0]);
  explain();
  const presets = [
    ...PRESETS,
    ...(token ? [{ name: 'with token', header: ['authorization', `Bearer ${token}`] }] : []),
  ];
  return html`<form class="send" @submit=${(event) => submit(event, 1)}>
    <h2>Send requests</h2>
    <label>From<select @change=${(event) => choose(senders.find(({ id }) => id === event.target.value))}>
      ${senders.map(({ id, name }) => html`<option value=${id} ?selected=${id === form.from}>${name}</option>`)}</select></label>
    <div class="target"><label>Method<select @change=${(event) => set('method', event.target.value)}>
      ${METHODS.map((method) => html`<option ?selected=${method === form.method}>${method}</option>`)}</select></label>
      <label>URL<input type="text" inputmode="url" autocomplete="off" spellcheck="false" .value=${live(form.url)} @input=${(event) => set('url', event.target.value)}></label></div>
    <fieldset><legend>Headers</legend>
      ${form.headers.map((header, at) => headerRow(header, at))}
      <div class="presets">${presets.map(preset)}<button type="button" class="small" @click=${() => form.headers.push(['', '']) && changed()}>+ header</button></div>
    </fieldset>
    ${result.sending ? stopButton() : sendButtons()}
  </form>
  ${outcome()}${explained()}`;
}

function set(field, value) {
  form[field] = value;
  changed();
}

function choose(sender) {
  if (!sender) return;
  form.from = sender.id;
  form.url = sender.url;
  changed();
}

function headerRow(header, at) {
  const put = (index) => (event) => {
    header[index] = event.target.value;
    changed();
  };
  const remove = () => form.headers.splice(at, 1) && changed();
  return html`<div class="header-row"><input type="text" aria-label="Name of header ${at + 1}" autocomplete="off" .value=${live(header[0])} @input=${put(0)}>
    <input type="text" aria-label="Value of header ${at + 1}" autocomplete="off" .value=${live(header[1])} @input=${put(1)}>
    <button type="button" class="quiet" aria-label="Remove header ${at + 1}" @click=${remove}>×</button></div>`;
}

function preset({ name, header: [key, value] }) {
  const isOn = form.headers.some(([own, set]) => own === key && set === value);
  const toggle = () => {
    form.headers = form.headers.filter(([own]) => own !== key);
    if (!isOn) form.headers.push([key, value]);
    changed();
  };
  return html`<button type="button" class="small chip" aria-pressed=${isOn} @click=${toggle}>${name}</button>`;
}

function sendButtons() {
  return html`<div class="buttons"><button class="main">Send once</button>
    <button type="button" @click=${(event) => submit(event, 100)}>100 times</button>
    <button type="button" @click=${(event) => submit(event)}>Steadily</button>
    <label class="inline"><input type="number" min="0.1" max="500" step="any" .value=${live(String(form.rate))} @input=${(event) => set('rate', event.target.valueAsNumber)}> per second</label></div>`;
}

function stopButton() {
  return html`<div class="buttons"><button type="button" class="main stop" @click=${() => result.sending.abort()}>Stop</button>
    <span class="faint">sending …</span></div>`;
}

function wish() {
  const { from, method, url, headers } = form;
  return { from, method, url, headers: headers.filter(([name]) => name.trim() !== '') };
}

async function submit(event, count) {
  event.preventDefault();
  if (result.sending) return;
  Object.assign(result, {
    sending: new AbortController(),
    statuses: new Map(),
    times: [],
    last: undefined,
    failed: undefined,
  });
  changed();
  const many = count === 100;
  const body = { ...wish(), rate: many ? 50 : count === 1 ? 1 : form.rate || 1, ...(count && { count }) };
  try {
    const response = await call('send', { body, signal: result.sending.signal });
    for await (const line of parts(response, '\n')) if (line) take(JSON.parse(line));
  } catch (error) {
    if (error.name !== 'AbortError') notify(error.message, true);
  }
  result.sending = undefined;
  changed();
}

function take(sent) {
  const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  add(result.statuses, sent.status || 'no answer');
  result.times.push(sent.milliseconds);
  if (sent.body !== undefined && (!result.last || sent.status < 400)) result.last = sent;
  if (sent.status === 0 || sent.status >= 400) result.failed = sent;
  changed();
}

function outcome() {
  const count = result.times.length;
  if (count === 0)
    return result.sending ? html`<p class="faint" role="status">Waiting for the first answer …</p>` : nothing;
  const sorted = [...result.times].sort((a, b) => a - b);
  const at = (share) => milliseconds(sorted[Math.min(count - 1, Math.floor(share * count))]);
  const rows = [...result.statuses].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return html`<section class="outcome" aria-label="Outcome"><h3>${count} ${count === 1 ? 'answer' : 'answers'} <span class="faint">p50 ${at(0.5)} · p95 ${at(0.95)}</span></h3>
    <table class="tally"><caption class="unseen">How they ended</caption><tbody>${rows.map(([status, times]) => tallyRow(status, times, count))}</tbody></table>
    ${answerOf(result.last ?? result.failed, result.last && result.last.status < 400 ? 'An answer' : 'The answer')}
    ${result.failed && result.failed !== (result.last ?? result.failed) ? answerOf(result.failed, 'A failure') : nothing}</section>`;
}

function tallyRow(status, times, count) {
  const isBad = status === 'no answer' || status >= 500;
  const mood = isBad ? 'bad' : status >= 400 ? 'warm' : 'fine';
  return html`<tr class=${mood}><th scope="row">${status}</th><td class="meter"><svg width="100%" height="12" aria-hidden="true"><rect width="${(100 * times) / count}%" height="12" rx="4"/></svg></td><td>${times}</td></tr>`;
}

function answerOf(sent, title) {
  if (!sent) return nothing;
  const { status, headers = {}, body = '', trace, error, milliseconds: took } = sent;
  return html`<details class="answer" ?open=${body.length < 2000}><summary>${title}: <b>${status || error}</b> in ${milliseconds(took)}</summary>
    ${state.about.traces === 'traces/' ? html`<p><a href="traces/trace/${trace}">Its trace</a> <span class="faint">comes within seconds</span></p>` : nothing}
    <pre tabindex="0" aria-label="Body of the answer">${pretty(body)}</pre>
    <details><summary>${Object.keys(headers).length} headers</summary><pre tabindex="0">${Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)}</pre></details></details>`;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body || '(empty)';
  }
}

/** Asks anew when the request or a policy is another. */
function explain() {
  const key = JSON.stringify([
    wish(),
    state.changes.at(-1)?.id,
    state.pods.map(({ key: pod, ready }) => [pod, ready]),
  ]);
  if (key === asked || !form.url) return;
  asked = key;
  const keep = (found) => {
    if (asked !== key) return;
    explanation = found;
    changed();
  };
  json('explain', { body: wish() }).then(keep, ({ message }) => keep({ error: message }));
}

function explained() {
  if (!explanation) return nothing;
  return html`<section class="explained" aria-label="What the mesh does with it"><h3>What the mesh does with it</h3>
    ${
      explanation.error
        ? html`<p class="bad-text">${explanation.error}</p>`
        : html`<p class="faint small-text">from the configuration of ${explanation.proxy}</p>
    <ol>${explanation.steps.map(stepRow)}</ol>`
    }</section>`;
}

/** An origin names an object and a field of it: `VirtualService default/reviews spec.http[0]`. */
function stepRow({ label, text, origin }) {
  const [, kind, namespace, name, field = ''] = /^(\w+) ([^/\s]+)\/(\S+)(?: (.+))?$/.exec(origin ?? '') ?? [];
  const shown = origin ? text.replace(` (${origin})`, '') : text;
  const link = kind
    ? html` <a href=${objectLink({ kind, namespace, name }, field)}>${kind} ${name}${field ? ` ${field}` : ''}</a>`
    : nothing;
  return html`<li class=${label.startsWith(' ') ? 'inner' : ''}><b>${label.trim()}</b> <span>${shown}${link}</span></li>`;
}
