import { html, nothing } from '/lib/lit-html/lit-html.js';
import { call, json, pieces } from './api.js';
import { changed, notify, state } from './store.js';

/** As much of a log as the page keeps, in characters. */
const LONGEST = 200_000;
let open = { key: undefined };

export function podsView() {
  const key = state.route.rest[0] ? decodeURIComponent(state.route.rest[0]) : undefined;
  const pod = state.pods.find((one) => one.key === key);
  show(pod);
  return html`<h1 class="unseen">Pods</h1><div class="columns pods-columns ${pod ? 'chosen' : ''}">
    <section class="card list" aria-label="Pods"><div class="heading"><h2>Pods</h2>${troubled()}</div>${podTable(key)}</section>
    <section class="card" aria-label="Pod">${pod ? podDetails(pod) : html`<p class="empty">${key ? `Pod ${key} is gone.` : 'Choose a pod to see what it writes and what its Envoy does.'}</p>`}</section></div>`;
}

/** How many are not well, before one reads them all. */
function troubled() {
  const count = state.pods.filter((pod) => !isWell(pod)).length;
  return count > 0 ? html`<span class="badge bad">${count} not well</span>` : nothing;
}

function isWell({ state: word, ready, of }) {
  return word === 'Running' && ready === of;
}

function podTable(current) {
  if (state.pods.length === 0) return html`<p class="empty">No pod yet.</p>`;
  return html`<ul class="objects">${state.pods.map((pod) => {
    const { key, name, namespace, ready, of, state: word, restarts } = pod;
    return html`<li><a href="#/pods/${encodeURIComponent(key)}" aria-current=${key === current}><b>${name}</b>
      <span class="line"><span class="badge ${isWell(pod) ? 'fine' : 'bad'}">${word} ${ready}/${of}</span> <span class="faint">${namespace}${restarts > 0 ? ` · ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : ''}</span></span></a></li>`;
  })}</ul>`;
}

/** Follows the log of the pod that is shown, and asks what its Envoy does. */
function show(pod) {
  const container = open.key === pod?.key && open.container ? open.container : pod?.containers[0];
  const changes = state.changes.at(-1)?.id;
  if (open.key === pod?.key && open.container === container) {
    if (pod && open.changes !== changes) askEnvoy(pod, changes);
    return;
  }
  open.leave?.abort();
  open = {
    key: pod?.key,
    container,
    text: '',
    leave: new AbortController(),
    words: open.key === pod?.key ? open.words : undefined,
  };
  if (!pod) return;
  followLog(open);
  askEnvoy(pod, changes);
}

async function followLog(shown) {
  const query = new URLSearchParams({ pod: shown.key, container: shown.container });
  try {
    for await (const piece of pieces(await call(`logs?${query}`, { signal: shown.leave.signal }))) {
      // What was written before is read from its end; later on only who is at the end follows.
      const isFirst = shown.text === '';
      shown.text = (shown.text + piece).slice(-LONGEST);
      changed();
      requestAnimationFrame(() => requestAnimationFrame(() => scrollDown(isFirst)));
    }
  } catch (error) {
    if (error.name !== 'AbortError' && shown === open) shown.text += `\n${error.message}\n`;
  }
}

/** Lines of JSON, as most programs write them, in the order in which people read. */
function readable(text) {
  return text.split('\n').map(readableLine).join('\n');
}

function readableLine(line) {
  if (!line.startsWith('{')) return line;
  try {
    const { time, level, msg, message = msg, service: _, ...rest } = JSON.parse(line);
    const values = Object.entries(rest).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [clockOf(time), level, message, ...values].filter(Boolean).join(' ');
  } catch {
    return line;
  }
}

function clockOf(time) {
  return typeof time === 'string' ? time.replace(/^.*T|Z$/g, '') : undefined;
}

function scrollDown(always) {
  const log = document.querySelector('.log');
  if (log && (always || log.scrollHeight - log.scrollTop - log.clientHeight < 400))
    log.scrollTop = log.scrollHeight;
}

function askEnvoy({ key, containers }, changes) {
  open.changes = changes;
  if (!containers.includes('istio-proxy')) return;
  const shown = open;
  json(`envoy?pod=${encodeURIComponent(key)}`).then(
    (words) => {
      shown.words = words;
      changed();
    },
    () => undefined,
  );
}

function podDetails(pod) {
  const { key, name, containers, admin, state: word } = pod;
  const act = (action, done) => async () => {
    await json('pod', { body: { pod: key, action } });
    notify(done);
  };
  const choose = (container) => () => {
    open = { ...open, container: undefined };
    openContainer(pod, container);
  };
  return html`<div class="heading"><h2>${name}</h2></div>
    <div class="buttons">
      ${
        word === 'Paused'
          ? html`<button class="main" @click=${act('resume', `${name} goes on.`)}>Make well</button>`
          : html`<button @click=${act('pause', `${name} answers nobody until you make it well; its probes find out.`)}>Make sick</button>`
      }
      <button @click=${act('kill', `${name} was killed; it is started again.`)}>Kill</button>
      <button @click=${act('restart', `${name} ends, and another takes its place.`)}>Replace</button>
      ${admin ? html`<a href=${admin} target="_blank" rel="noopener">Envoy's own pages</a>` : nothing}</div>
    <h3>Log</h3>
    <div class="buttons" role="group" aria-label="Container">${containers.map((container) => html`<button class="small chip" aria-pressed=${container === open.container} @click=${choose(container)}>${container}</button>`)}</div>
    <pre class="log" tabindex="0" aria-label="Log of ${open.container}">${open.text ? readable(open.text) : 'Nothing yet.'}</pre>
    ${open.words ? envoyWords(open.words) : nothing}`;
}

function openContainer(pod, container) {
  open.leave?.abort();
  open = {
    key: pod.key,
    container,
    text: '',
    leave: new AbortController(),
    words: open.words,
    changes: open.changes,
  };
  followLog(open);
  changed();
}

function envoyWords({ listens, routes, reaches }) {
  return html`<h3>Its Envoy in words</h3>
    ${sentences('Where it listens', listens, true)}${sentences('Where it sends what', routes, true)}${sentences('Whom it can reach', reaches, false)}`;
}

function sentences(title, list, isOpen) {
  if (list.length === 0) return nothing;
  return html`<details ?open=${isOpen && list.length < 12}><summary>${title} <span class="faint">(${list.length})</span></summary>
    <dl class="words">${list.map(({ about, text }) => html`<div><dt>${about}</dt><dd>${text}</dd></div>`)}</dl></details>`;
}
