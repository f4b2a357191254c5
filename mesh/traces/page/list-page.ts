import { countOf } from '#mesh/traces/format.ts';
import { type Html, html } from '#mesh/traces/page/html.ts';
import { pageAnswer } from '#mesh/traces/page/layout.ts';
import { searchForm } from '#mesh/traces/page/search-form.ts';
import { traceRow } from '#mesh/traces/page/trace-row.ts';
import { readForm, type SearchForm } from '#mesh/traces/query/form-query.ts';
import { operationNames, serviceNames } from '#mesh/traces/query/names.ts';
import { search } from '#mesh/traces/query/search.ts';
import type { Answer } from '#mesh/traces/server/answer.ts';
import type { TraceStore } from '#mesh/traces/store/trace-store.ts';

/** The page on which one searches. */
export function listPage(parameters: URLSearchParams, store: TraceStore): Answer {
  const form = formOf(parameters);
  return pageAnswer({
    title: 'Traces',
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
    : html`<p class="hint">None fits. <a href="/">Show all</a></p>`;
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
