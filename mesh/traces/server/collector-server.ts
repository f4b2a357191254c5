import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerPage } from '#mesh/traces/page/answer-page.ts';
import { type Answer, textAnswer } from '#mesh/traces/server/answer.ts';
import { serverName } from '#mesh/traces/server/server-name.ts';
import { takeSpans, takesSpans } from '#mesh/traces/server/take-spans.ts';
import { answerApi } from '#mesh/traces/server/zipkin-api.ts';
import type { TraceStore } from '#mesh/traces/store/trace-store.ts';

const localNames = ['localhost', '127.0.0.1', '[::1]'];

export interface CollectorServerOptions {
  readonly store: TraceStore;
  /** Told of what the collector did wrong itself. */
  readonly onBug: (error: unknown) => void;
  /** The header `server`. */
  readonly name?: string;
}

/** Everything that the collector speaks at one port: spans in, Zipkin's query API, and the page. */
export function createCollectorServer({ store, onBug, name = serverName }: CollectorServerOptions): Server {
  return createServer((request, response) => {
    answer(request, store).then(
      (result) => send(response, result, name),
      (error: unknown) => {
        // A client that went away while it was sending is no bug.
        if (request.destroyed && !request.complete) return;
        onBug(error);
        send(response, textAnswer(500, 'the collector has a bug; its log tells more'), name);
      },
    );
  });
}

async function answer(request: IncomingMessage, store: TraceStore): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (!url) return textAnswer(400, 'the address of the request is no URL');
  const { pathname, searchParams } = url;
  if (request.method === 'POST') {
    return takesSpans(pathname) ? takeSpans(request, pathname, store) : notFound(pathname);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return textAnswer(405, 'GET and POST are taken');
  // Else a page of any site could read traces after pointing its own name at this machine.
  if (!localNames.includes(hostOf(request))) {
    return textAnswer(421, 'this collector answers to localhost only');
  }
  return (
    answerApi(pathname, searchParams, store) ??
    answerPage({ path: pathname, parameters: searchParams, headers: request.headers }, store) ??
    notFound(pathname)
  );
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
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
