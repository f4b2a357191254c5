import type { IncomingHttpHeaders } from 'node:http';
import { isTraceId, traceId } from '#mesh/traces/ids.ts';
import { html } from '#mesh/traces/page/html.ts';
import { pageAnswer } from '#mesh/traces/page/layout.ts';
import { listPage, listRows } from '#mesh/traces/page/list-page.ts';
import { tracePage } from '#mesh/traces/page/trace-page.ts';
import type { Answer } from '#mesh/traces/server/answer.ts';
import type { TraceStore } from '#mesh/traces/store/trace-store.ts';

export interface PageRequest {
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** The pages: `/` with the list, `/rows` with its changing part alone, and each trace at `/trace/ID`. */
export function answerPage(request: PageRequest, store: TraceStore): Answer | undefined {
  const [, id] = /^\/trace\/([^/]+)$/.exec(request.path) ?? [];
  if (id !== undefined) return oneTrace(id, store);
  if (request.path === '/') return listPage(request.parameters, store);
  return request.path === '/rows' ? rows(request, store) : undefined;
}

/** The list asks every few seconds; mostly nothing has changed. */
function rows({ parameters, headers }: PageRequest, store: TraceStore): Answer {
  const etag = `"${store.revision}"`;
  // With a span of time, the answer changes by itself.
  if (headers['if-none-match'] === etag && !parameters.get('lookback'))
    return { status: 304, headers: { etag } };
  return { status: 200, type: 'text/html', body: listRows(parameters, store).text, headers: { etag } };
}

function oneTrace(id: string, store: TraceStore): Answer {
  const trace = isTraceId(id) ? store.find(traceId(id)) : undefined;
  if (trace) return pageAnswer(tracePage(trace));
  return pageAnswer({
    status: 404,
    title: 'No such trace',
    body: html`<header><h1>No such trace</h1></header><main><section><p><code>${id}</code> has not arrived, or has
      made room for newer ones.</p><p><a href="/">All traces</a></p></section></main>`,
  });
}
