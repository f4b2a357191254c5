import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import { html } from '#mesh/serve/html.ts';
import { type Asked, createHttpServer } from '#mesh/serve/http-server.ts';
import { foreignOrigin, notLocal } from '#mesh/serve/local-caller.ts';
import { pageAnswer } from '#mesh/telemetry/traces/page/layout.ts';
import { listPage, listRows } from '#mesh/telemetry/traces/page/list-page.ts';
import { tracePage } from '#mesh/telemetry/traces/page/trace-page.ts';
import { type Answer, serverName, textAnswer } from '#mesh/telemetry/traces/server/answer.ts';
import { takeSpans, takesSpans } from '#mesh/telemetry/traces/server/take-spans.ts';
import { answerApi } from '#mesh/telemetry/traces/server/zipkin-api.ts';
import { isTraceId, traceId } from '#mesh/telemetry/traces/span.ts';
import type { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';

export interface CollectorServerOptions {
  readonly store: TraceStore;
  /** Told of what the collector did wrong itself. */
  readonly onBug: (error: unknown) => void;
  /** The header `server`. */
  readonly name?: string;
}

/** Everything that the collector speaks at one port: spans in, Zipkin's query API, and the page. */
export function createCollectorServer({ store, onBug, name = serverName }: CollectorServerOptions): Server {
  return createHttpServer({
    onBug,
    refuse: (response, { status, message }) => send(response, textAnswer(status, message), name),
    async handle(asked) {
      send(asked.response, await answer(asked, store), name);
    },
  });
}

async function answer({ request, url }: Asked, store: TraceStore): Promise<Answer> {
  const { method, headers } = request;
  const { pathname, searchParams } = url;
  if (method === 'POST') {
    // Programs may send by any name of this machine; a page of another site must not.
    const foreign = foreignOrigin(headers);
    if (foreign) return textAnswer(foreign.status, foreign.message);
    return takesSpans(pathname) ? takeSpans(request, pathname, store) : notFound(pathname);
  }
  if (method !== 'GET' && method !== 'HEAD') return textAnswer(405, 'GET and POST are taken');
  const refusal = notLocal(headers);
  if (refusal) return textAnswer(refusal.status, refusal.message);
  return (
    answerApi(pathname, searchParams, store) ??
    answerPage({ path: pathname, parameters: searchParams, headers }, store) ??
    notFound(pathname)
  );
}

function notFound(path: string): Answer {
  return textAnswer(
    404,
    `nothing is at ${path}; spans go to POST /api/v2/spans (Zipkin) or /v1/traces (OTLP)`,
  );
}

function send(response: ServerResponse, { status, body, type, headers }: Answer, server: string): void {
  response.writeHead(status, {
    server,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(type && { 'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type }),
    ...(status === 413 && { connection: 'close' }),
    ...headers,
  });
  response.end(body);
}

interface PageRequest {
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** The pages: `/` with the list, `/rows` with its changing part alone, and each trace at `/trace/ID`. */
function answerPage(request: PageRequest, store: TraceStore): Answer | undefined {
  const [, id] = /^\/trace\/([^/]+)$/.exec(request.path) ?? [];
  const inConsole = request.headers[CONSOLE_HEADER] !== undefined;
  if (id !== undefined) return oneTrace(id, store, inConsole);
  if (request.path === '/') return listPage(request.parameters, store, inConsole);
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

/** Comes with what the console passes on. */
const CONSOLE_HEADER = 'x-mesh101-console';

function oneTrace(id: string, store: TraceStore, inConsole: boolean): Answer {
  const trace = isTraceId(id) ? store.find(traceId(id)) : undefined;
  if (trace) return pageAnswer({ ...tracePage(trace), inConsole });
  return pageAnswer({
    ...{ status: 404, inConsole },
    title: 'No such trace',
    body: html`<header><h1>No such trace</h1></header><main><section><p><code>${id}</code> has not arrived, or has
      made room for newer ones.</p><p><a href="../">All traces</a></p></section></main>`,
  });
}
