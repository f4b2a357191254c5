import { readFileSync } from 'node:fs';
import { statusText } from '#platform/error-answer.ts';
import { baseStyle, contentSecurityPolicy, wholePage } from '#platform/page/page.ts';
import type { Hop } from '#services/chain/hop.ts';
import { escapeHtml, picture } from '#services/chain/page/picture.js';

/** The form's first values. */
export interface Wishes {
  readonly fail: number;
  readonly user: string;
  readonly traceUrl: string | undefined;
}

const SHEETS = ['page.css', 'form.css', 'tally.css', 'picture.css'].map(source);
const STYLE = [baseStyle, ...SHEETS].join('\n');
// The browser gets both modules as one, since a page without other files has nothing to import from.
const SCRIPT = `${source('picture.js')}\n${source('browser.js')}`
  .replaceAll(/^import .*\n/gm, '')
  .replaceAll(/^export /gm, '');

export const CONTENT_SECURITY_POLICY = contentSecurityPolicy({ styles: [STYLE], scripts: [SCRIPT] });

/**
 * The page of a hop: the chain as a picture, and a form that sends the request again. Written with template strings and
 * `escapeHtml` rather than a template engine, because the same code draws the picture in the browser.
 */
export function page(hop: Hop, wishes: Wishes): string {
  return wholePage({
    title: `${escapeHtml(hop.name)} – ${statusText(hop.status)}`,
    style: STYLE,
    script: SCRIPT,
    body: bodyOf(hop, wishes),
  });
}

function bodyOf(hop: Hop, wishes: Wishes): string {
  return `<header><h1>${escapeHtml(hop.name)}</h1><p>One request through the chain: who answered, how long it took, and who failed.</p></header>
<main>
<section aria-labelledby="answer">
<h2 id="answer">The answer</h2>
<p id="summary" class="${hop.status < 300 ? 'fine' : 'blamed'}" role="status">${statusText(hop.status)} in ${(hop.seconds * 1000).toFixed(0)} ms</p>
<a id="trace"${wishes.traceUrl === undefined ? ' hidden' : ` href="${escapeHtml(wishes.traceUrl)}"`}>Its trace</a>
<div id="drawing">${picture(hop)}</div>
<details><summary>As JSON</summary><pre id="json">${escapeHtml(JSON.stringify(hop, null, 2))}</pre></details>
</section>
<div class="columns">
<section aria-labelledby="again">
<h2 id="again">Send it again</h2>
${formOf(wishes)}
</section>
<section id="tally" class="empty" aria-labelledby="tally-title">
<div class="heading"><h2 id="tally-title">Tally of <output>0 requests</output></h2><button id="reset" type="button">Clear</button></div>
<p class="hint">Send some requests to see how they end, and who answers them.</p>
<table><caption>Status codes</caption><tbody></tbody></table>
<table><caption>Who answered</caption><tbody></tbody></table>
</section>
</div>
</main>`;
}

function formOf({ fail, user }: Wishes): string {
  return `<form method="get">
<div><label for="fail">Chance that a hop fails <output for="fail">${Math.round(fail * 100)} %</output></label>
<input id="fail" name="fail" type="range" min="0" max="1" step="0.05" value="${escapeHtml(fail)}" aria-describedby="fail-hint">
<p id="fail-hint" class="hint">Sent as the header <code>fail</code>, which every hop passes on.</p></div>
<div><label for="user">Developer</label>
<input id="user" type="text" value="${escapeHtml(user)}" placeholder="nobody in particular" autocomplete="off" aria-describedby="user-hint">
<p id="user-hint" class="hint">Sent as the header <code>x-dev-user</code>, by which a mesh can route: <code>super-secret</code> is one.</p></div>
<div><label for="times">How many requests</label>
<input id="times" type="number" min="1" max="10000" value="100" required></div>
<div class="buttons"><button id="once" class="main">Send once</button><button id="many">Send all</button><button id="stop" type="button" disabled>Stop</button></div>
</form>`;
}

function source(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
