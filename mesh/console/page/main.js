import { html, nothing, render } from '/lib/lit-html/lit-html.js';
import { events, json, Refused, takeToken } from './api.js';
import { isPresenting, presenterButton, themeButton } from './appearance.js';
import { chartsBeside, chartsView } from './charts-view.js';
import { detailsPanel } from './details-panel.js';
import { graphView, isTall } from './graph-view.js';
import { remember } from './history.js';
import { icon } from './icons.js';
import { podsView } from './pods-view.js';
import { policiesView } from './policies-view.js';
import { sendPanel } from './send-panel.js';
import { notify, onChange, state, update } from './store.js';
import { walkthroughsView } from './walkthroughs-view.js';

const VIEWS = {
  graph: 'Graph',
  charts: 'Charts',
  policies: 'Policies',
  pods: 'Pods',
  walkthroughs: 'Walkthroughs',
};

function readAddress() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, ...rest] = path.split('/').map(decodeURIComponent);
  const known = view in VIEWS ? view : 'graph';
  document.title = `${VIEWS[known]} – mesh101`;
  update({ route: { view: known, rest, query: new URLSearchParams(query) } });
  scrollTo(0, 0);
}

/** Follows the mesh for as long as the page is seen; whoever does not look costs nothing. */
async function follow() {
  for (;;) {
    const leave = new AbortController();
    const onHidden = () => document.hidden && leave.abort();
    document.addEventListener('visibilitychange', onHidden);
    try {
      update({ about: await json('about', { signal: leave.signal }) });
      for await (const { name, data } of events('live', leave.signal)) take(name, data);
      update({ connection: 'waiting' });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return update({ connection: 'refused' });
      if (!leave.signal.aborted) update({ connection: 'waiting' });
    }
    document.removeEventListener('visibilitychange', onHidden);
    await seen();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function seen() {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
}

function take(name, data) {
  if (name === 'graph') remember(data);
  const pods =
    name === 'pods' &&
    JSON.stringify(data.map(({ key }) => key)) !== JSON.stringify(state.pods.map(({ key }) => key));
  update({ [name]: data, connection: 'live' });
  // Who can send changes with the pods and with the gateway's ports.
  if (pods || name === 'changes')
    json('about').then(
      (about) => update({ about }),
      () => undefined,
    );
}

function draw() {
  render(page(), document.body);
}

function page() {
  const { view } = state.route;
  return html`<a class="skip" href="#main" @click=${skip}>To the content</a>
    <header class="bar">
      <a class="brand" href="#/graph"><img src="/page/icon.svg" alt="" width="26" height="26"><b>mesh101</b></a>
      <nav aria-label="Views">${Object.entries(VIEWS).map(([name, title]) => tab(name, title, view))}${tracesTab()}</nav>
      <span class="tools">${connection()}${presenterButton()}${themeButton()}</span>
    </header>
    <main id="main" class="view ${isPresenting() ? 'presenting' : ''}" tabindex="-1">
      ${state.connection === 'refused' ? noToken() : views[view]()}
    </main>
    <div class="notice ${state.notice?.isBad ? 'bad' : ''}" role="status">${state.notice?.text ?? nothing}</div>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function tab(name, title, current) {
  return html`<a href="#/${name}" aria-current=${name === current ? 'page' : 'false'}>${title}</a>`;
}

/** The traces have pages of their own, which need no script. */
function tracesTab() {
  return state.about.traces ? html`<a href=${state.about.traces}>Traces</a>` : nothing;
}

function connection() {
  const words = { live: 'live', waiting: 'waiting for the mesh', refused: 'no access' };
  return html`<span class="connection ${state.connection}"><span class="dot"></span>${words[state.connection]}</span>`;
}

function noToken() {
  return html`<section class="card lone"><h1>This page needs its key</h1>
    <p>Whoever has the key may change the mesh, so it comes only with the address that the mesh's own user is told:</p>
    <pre><code>mesh console</code></pre>
    <p>Open the address that this prints. After the mesh has been started anew there is another one.</p></section>`;
}

const views = {
  graph: () => html`<h1 class="unseen">The mesh as a graph</h1>
    <div class="stage">${picture()}
      <aside class="side">${panels()}</aside></div>`,
  charts: chartsView,
  policies: policiesView,
  pods: podsView,
  walkthroughs: () =>
    walkthroughsView(() => html`<section class="card picture" aria-label="Graph">${graphView()}</section>`),
};

/** The charts stand where the drawing leaves room. */
function picture() {
  const drawing = graphView();
  return html`<section class="card picture ${isTall() ? 'tall' : 'flat'}" aria-label="Graph">${drawing}
    <div class="below">${chartsBeside()}</div></section>`;
}

function panels() {
  const panel = state.panel === 'details' && state.selected ? 'details' : 'send';
  const choose = (name) => () => update({ panel: name });
  const button = (name, text, isThere) =>
    html`<button role="tab" id="tab-${name}" aria-selected=${panel === name} aria-controls="panel" ?disabled=${!isThere} @click=${choose(name)}>${text}</button>`;
  return html`<div class="tabs" role="tablist" aria-label="Beside the graph">
      ${button('send', html`${icon('send')} Send`, true)}${button('details', 'Details', state.selected !== undefined)}</div>
    <div id="panel" class="card" role="tabpanel" aria-labelledby="tab-${panel}" tabindex="-1">
      ${panel === 'details' ? detailsPanel() : sendPanel()}</div>`;
}

addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof Refused)) return;
  event.preventDefault();
  notify(event.reason.message, true);
});

takeToken();
readAddress();
addEventListener('hashchange', () => {
  takeToken();
  readAddress();
  if (state.connection === 'refused') location.reload();
});
onChange(draw);
draw();
follow();
