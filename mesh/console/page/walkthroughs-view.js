import { html, nothing } from '/lib/lit-html/lit-html.js';
import { json } from './api.js';
import { markdown } from './markdown.js';
import { changed, notify, state } from './store.js';

let documents;
let open = { document: undefined };

/** @param graph draws the mesh, which stands beside the text */
export function walkthroughsView(graph) {
  documents ??= load();
  const document = state.route.rest[0] ? decodeURIComponent(state.route.rest[0]) : undefined;
  if (open.document !== document) show(document);
  if (!document) return chooser();
  return html`<h1 class="unseen">Walkthrough</h1><div class="stage walk"><section class="card text" aria-label="Walkthrough">${text()}</section>
    <aside class="side">${graph()}</aside></div>${nextBar()}`;
}

function load() {
  const found = [];
  json('walkthroughs').then(
    (answer) => found.push(...answer.documents) && changed(),
    () => undefined,
  );
  return found;
}

function chooser() {
  return html`<h1>Walkthroughs</h1><p class="faint">Read and run them here, with the mesh beside the text. Each begins with the services alone: <code>make up BARE=1</code>.</p>
    <ul class="cards">${documents.map(({ document, title, steps }) => html`<li><a class="card" href="#/walkthroughs/${encodeURIComponent(document)}"><b>${title}</b><span class="faint">istio/${document} · ${steps} commands</span></a></li>`)}</ul>`;
}

async function show(document) {
  open = { document, results: new Map() };
  if (!document) return;
  const shown = open;
  try {
    Object.assign(shown, await json(`walkthrough?document=${encodeURIComponent(document)}`));
  } catch (error) {
    shown.gone = error.message;
  }
  changed();
}

function text() {
  if (open.gone) return html`<p class="empty">${open.gone}.</p>`;
  if (!open.text) return html`<p class="empty">Opening …</p>`;
  const blocks = linesOfBlocks(open.text);
  let at = 0;
  return html`<p><a href="#/walkthroughs">← All walkthroughs</a></p><article>${markdown(
    open.text,
    (token) => {
      if (token.lang !== 'console') return undefined;
      const line = blocks[at++];
      return commands(open.steps.filter((step) => step.line >= line.from && step.line <= line.to));
    },
  )}</article>`;
}

/** In which lines each block of commands stands. */
function linesOfBlocks(source) {
  const blocks = [];
  let from;
  for (const [index, line] of source.split('\n').entries()) {
    if (from === undefined && line.startsWith('```console')) from = index + 1;
    else if (from !== undefined && line.startsWith('```')) {
      blocks.push({ from, to: index + 1 });
      from = undefined;
    }
  }
  return blocks;
}

function commands(steps) {
  return html`<div class="commands">${steps.map(command)}</div>`;
}

function command(step) {
  const result = open.results.get(step.line);
  const isRunning = result?.running;
  const word = isRunning ? 'Running …' : result ? 'Run again' : 'Run';
  const others = step.only === 'cluster' || step.needs;
  return html`<div class="command" id="step-${step.line}"><pre tabindex="0"><code>${step.command}</code></pre>
    <button class="small" ?disabled=${open.running || step.only === 'cluster'} aria-label="${word}: ${step.command.split('\n')[0]}" @click=${() => run(step)}>${word}</button>
    ${others ? html`<span class="faint">${step.only === 'cluster' ? 'on a cluster only' : `needs ${step.needs}`}</span>` : nothing}
    ${result && !isRunning ? outcome(result, step) : step.expected.length > 0 ? html`<details><summary>What it should print</summary><pre tabindex="0">${step.expected.join('\n')}</pre></details>` : nothing}</div>`;
}

function outcome({ output, exitCode, missing, error }, step) {
  const isFine = !error && missing === undefined && (step.expected.length > 0 || exitCode === 0);
  return html`<div class="result ${isFine ? 'fine' : 'bad'}" role="status"><p>${error ?? (isFine ? '✔ as the text says' : missing === undefined ? `ended with ${exitCode}` : html`the text promises <code>${missing}</code>`)}</p>
    ${output ? html`<pre tabindex="0">${output}</pre>` : nothing}</div>`;
}

async function run(step) {
  const shown = open;
  shown.running = step;
  shown.results.set(step.line, { running: true });
  changed();
  try {
    shown.results.set(
      step.line,
      await json('walkthrough', { body: { document: shown.document, line: step.line } }),
    );
  } catch (error) {
    shown.results.set(step.line, { error: error.message });
    notify(error.message, true);
  }
  shown.running = undefined;
  changed();
}

/** The next command that has not been run: for a speaker, who looks at the room. */
function nextBar() {
  const next = open.steps?.find(({ line, only }) => !open.results.has(line) && only !== 'cluster');
  if (!next) return nothing;
  const go = async () => {
    document.getElementById(`step-${next.line}`)?.scrollIntoView({ block: 'center', behavior: 'smooth' });
    await run(next);
  };
  return html`<div class="next" role="group" aria-label="Next command"><span class="faint">${next.section}</span><code>${next.command.split('\n')[0]}</code>
    <button class="main" ?disabled=${open.running !== undefined} @click=${go}>${open.running ? 'Running …' : 'Run next'}</button></div>`;
}
