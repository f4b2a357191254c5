import { specialHandlers } from '#mesh/apiserver/http/special-handlers.ts';
import { type KindsApi, kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';
import { servePlain } from '#mesh/apiserver/testing/plain-api.ts';

interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server answers.
  readonly body: any;
}

/** An API server with the requests that are about more than one object of a kind: scale, evictions, reviews, tokens. */
export interface SpecialApi {
  readonly server: KindsApi;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<unknown>;
}

export async function serveSpecial(): Promise<SpecialApi> {
  const server = kindsApi();
  const definitionOf = server.kinds.definitionOf.bind(server.kinds);
  const served = await servePlain(server.api, { special: specialHandlers({ definitionOf }) });
  return {
    server,
    async ask(method, path, body, headers = {}) {
      const response = await fetch(`${served.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { code: response.status, body: await response.json() };
    },
    close: async () => served.close(),
  };
}
