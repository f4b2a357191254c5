import type { Server, ServerResponse } from 'node:http';
import {
  ConsoleError,
  type ConsoleRoutes,
  hasToken,
  sendBody,
  sendJson,
} from '#mesh/console/server/answers.ts';
import { fileAt } from '#mesh/console/server/files.ts';
import { type Asked, createHttpServer, type Refusal } from '#mesh/serve/http-server.ts';
import { notLocal } from '#mesh/serve/local-caller.ts';

export interface ConsoleServerOptions {
  /** Who has it may see and change the mesh; it comes with the address that only the mesh's user is told. */
  readonly token: string;
  readonly routes: ConsoleRoutes;
  /** Pages that stand beside the console: answers whether it has taken the request. */
  readonly beside: (asked: Asked) => Promise<boolean>;
  readonly onBug: (error: unknown) => void;
}

/** The page's files for everybody on this machine, and everything about the mesh for who has the token. */
export function createConsoleServer({ token, routes, beside, onBug }: ConsoleServerOptions): Server {
  async function answer(asked: Asked): Promise<void> {
    const { request, response, url } = asked;
    const refusal = notLocal(request.headers);
    if (refusal) return refuse(response, refusal);
    if (url.pathname.startsWith('/api/')) return answerApi(asked);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, { status: 405, message: 'pages are for reading' });
    const file = await fileAt(url.pathname);
    if (file) return sendBody(response, file);
    if (await beside(asked)) return;
    refuse(response, { status: 404, message: `nothing is at ${url.pathname}; the console is at /` });
  }

  async function answerApi({ request, response, url }: Asked): Promise<void> {
    if (!hasToken(request, token))
      return refuse(response, {
        status: 401,
        message: 'the token is missing or of another mesh; open the address that `mesh console` prints',
      });
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route)
      return refuse(response, { status: 404, message: `there is no ${request.method} ${url.pathname}` });
    const result = await route({ request, response, query: url.searchParams });
    if (result !== undefined) sendJson(response, result);
  }

  return createHttpServer({
    onBug,
    refuse,
    async handle(asked) {
      try {
        await answer(asked);
      } catch (error) {
        if (!(error instanceof ConsoleError)) throw error;
        refuse(asked.response, error);
      }
    },
  });
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  sendJson(response, { error: message }, status);
}
