import { ownValue } from '#mesh/own-value.ts';
import { type Html, html } from '#mesh/serve/html.ts';
import { countOf, formatDuration, formatTime } from '#mesh/telemetry/traces/format.ts';
import { pageAnswer } from '#mesh/telemetry/traces/page/layout.ts';
import { readForm, type SearchForm } from '#mesh/telemetry/traces/query/form-query.ts';
import { operationNames, serviceNames } from '#mesh/telemetry/traces/query/names.ts';
import { search } from '#mesh/telemetry/traces/query/search.ts';
import type { Answer } from '#mesh/telemetry/traces/server/answer.ts';
import { serviceOf } from '#mesh/telemetry/traces/span.ts';
import { isError, shortName } from '#mesh/telemetry/traces/span-facts.ts';
import type { StoredTrace, TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';
import type { TraceSummary } from '#mesh/telemetry/traces/tree/summary.ts';

/** The page on which one searches. */
export function listPage(parameters: URLSearchParams, store: TraceStore, inConsole = false): Answer {
  const form = formOf(parameters);
  return pageAnswer({
    title: 'Traces',
    inConsole,
    script: 'list',
    body: html`<header><h1>Traces</h1><p>The way of each request through the mesh: who called whom, how long it took,
      and what failed.</p></header>
<main>
<section aria-label="Search">${searchForm(form, readForm(form, Date.now()).mistakes)}</section>
<section aria-labelledby="found">
<div id="rows">${listRows(parameters, store)}</div>
</section>
</main>`,
  });
}

/** What changes while traces arrive: the names to choose from, and the list. */
export function listRows(parameters: URLSearchParams, store: TraceStore): Html {
  const { query } = readForm(formOf(parameters), Date.now());
  const found = search(store.all(), query);
  const longest = Math.max(1, ...found.map(({ summary }) => summary.duration));
  return html`<datalist id="services">${options(serviceNames(store.all()))}</datalist>
<datalist id="operations">${options(operationNames(store.all(), query.service))}</datalist>
<div class="heading"><h2 id="found">${countOf(found.length, 'trace')} of ${store.size}</h2></div>
<ol class="traces">${found.map((trace) => traceRow(trace, longest))}</ol>
${found.length === 0 && nothingFound(store)}`;
}

function nothingFound({ size }: TraceStore): Html {
  return size === 0
    ? html`<p class="hint">No trace has arrived yet. Send a request through the gateway; its spans follow within
        seconds.</p>`
    : html`<p class="hint">None fits. <a href="./">Show all</a></p>`;
}

function options(names: readonly string[]): readonly Html[] {
  return names.map((name) => html`<option value="${name}"></option>`);
}

function formOf(parameters: URLSearchParams): SearchForm {
  const get = (name: string) => parameters.get(name) ?? undefined;
  return {
    service: get('service'),
    operation: get('operation'),
    minDuration: get('minDuration'),
    maxDuration: get('maxDuration'),
    status: get('status'),
    tags: parameters.getAll('tag'),
    lookback: get('lookback'),
    limit: get('limit'),
  };
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly placeholder: string;
  readonly mistake: string | undefined;
  /** The id of a datalist. */
  readonly list?: string;
}

/** The form of the search. It is an ordinary GET, so that every search has an address. */
function searchForm(form: SearchForm, mistakes: Readonly<Record<string, string>>): Html {
  const mistake = (name: string) => mistakes[name];
  const tag = (form.tags ?? []).join(' and ');
  return html`<form method="get" action="./">
${field({ name: 'service', label: 'Service', value: form.service, placeholder: 'any', list: 'services', mistake: undefined })}
${field({ name: 'operation', label: 'Operation', value: form.operation, placeholder: 'any', list: 'operations', mistake: undefined })}
${field({ name: 'minDuration', label: 'At least', value: form.minDuration, placeholder: '100ms', mistake: mistake('minDuration') })}
${field({ name: 'maxDuration', label: 'At most', value: form.maxDuration, placeholder: '1.5s', mistake: mistake('maxDuration') })}
<div><label for="status">Status</label><select id="status" name="status">
${['any', 'error', 'ok'].map((status) => option(status, form.status ?? 'any'))}</select></div>
${field({ name: 'tag', label: 'Tag', value: tag, placeholder: 'http.status_code=500', mistake: undefined })}
${field({ name: 'lookback', label: 'In the last', value: form.lookback, placeholder: '15m', mistake: mistake('lookback') })}
${field({ name: 'limit', label: 'How many', value: form.limit, placeholder: '50', mistake: mistake('limit') })}
<div class="buttons"><button class="main">Search</button><button id="live" type="button" aria-pressed="true" hidden>Live</button></div>
</form>`;
}

function field({ name, label, value = '', placeholder, list, mistake }: Field): Html {
  const hint = `${name}-hint`;
  return html`<div><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}"
 placeholder="${placeholder}" autocomplete="off"${list && html` list="${list}"`}${
   mistake && html` aria-invalid="true" aria-describedby="${hint}"`
 }>${mistake && html`<p id="${hint}" class="mistake">${mistake}</p>`}</div>`;
}

function option(value: string, chosen: string): Html {
  const text = ownValue({ error: 'with an error', ok: 'without error' }, value) ?? value;
  return html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`;
}

/**
 * One line of the list: what was asked for, how it ended, who was asked. The longest trace of the list has the whole bar.
 * Microseconds.
 */
function traceRow({ id, summary }: StoredTrace, longest: number): Html {
  const { timestamp, duration, spans, errors, hops } = summary;
  const share = Math.max(0.5, (100 * duration) / longest).toFixed(1);
  const failed = hasFailed(summary);
  return html`<li data-trace="${id}"${failed && html` class="failed"`}><a href="trace/${id}">
<time datetime="${new Date(timestamp / 1000).toISOString()}">${formatTime(timestamp)}</time>
<span class="what">${whatOf(summary)}</span>
<span class="badges">${statusBadge(summary)}${
    errors > 0 && !failed && html`<span class="badge mended">${countOf(errors, 'error')} inside</span>`
  }</span>
<span class="hops">${hops.join(' → ')}</span>
<span class="count">${countOf(spans, 'span')}</span>
<span class="length"><svg class="bar${failed && ' bad'}" aria-hidden="true"><rect width="${share}%" height="100%" rx="3"/></svg>
<span class="number">${formatDuration(duration)}</span></span>
</a></li>
`;
}

/** Whether whoever asked was told of a failure; without a status, whether the whole operation says so. */
function hasFailed({ root, status }: TraceSummary): boolean {
  return status === undefined ? root !== undefined && isError(root) : Number(status) >= 500;
}

function whatOf({ root, question }: TraceSummary): Html {
  if (question !== undefined) return html`<b>${question}</b>`;
  return html`<b>${root ? serviceOf(root) : 'unknown'}</b> ${root && shortName(root)}`;
}

function statusBadge(summary: TraceSummary): Html | false {
  const { status = 'error' } = summary;
  if (hasFailed(summary)) return html`<span class="badge bad loud">✖ ${status}</span>`;
  return summary.status !== undefined && html`<span class="badge">${status}</span>`;
}
