import { type Html, html } from '#mesh/traces/page/html.ts';
import type { SearchForm } from '#mesh/traces/query/form-query.ts';

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
export function searchForm(form: SearchForm, mistakes: Readonly<Record<string, string>>): Html {
  const mistake = (name: string) => mistakes[name];
  const tag = (form.tags ?? []).join(' and ');
  return html`<form method="get" action="/">
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
  const text = { any: 'any', error: 'with an error', ok: 'without error' }[value] ?? value;
  return html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`;
}
