import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { ControlError } from '#mesh/run/control/control-error.ts';

export interface ControlRequest {
  /** From the path's `:name` parts, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of a POST. */
  readonly body: unknown;
  readonly response: ServerResponse;
}

/** Returns the JSON to answer with, or undefined when it answered by itself. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown> | unknown;

/** From `METHOD /path/:parameter` to what answers it. */
export type RouteTable = Readonly<Record<string, ControlHandler>>;

export function createControlServer(table: RouteTable, onError: (error: unknown) => void): Server {
  const routes = Object.entries(table).map(([route, handler]) => {
    const [method = '', pathname = ''] = route.split(' ');
    return { method, pattern: new URLPattern({ pathname }), handler };
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mesh');
    for (const { method, pattern, handler } of routes) {
      const match = method === request.method ? pattern.exec(url) : null;
      if (match) {
        const body = method === 'POST' ? await json(request) : undefined;
        const path = decoded(match.pathname.groups);
        const result = await handler({ path, query: url.searchParams, body, response });
        return result === undefined ? undefined : sendJson(response, result);
      }
    }
    throw new ControlError(404, `there is no ${request.method} ${url.pathname}`);
  }

  return createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ControlError)) {
        onError(error);
      }
      sendJson(
        response,
        { error: (error as Error).message },
        error instanceof ControlError ? error.status : 500,
      );
    });
  });
}

function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
  );
}

/** Diagnostics with an error are an answer that says no: 422. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
