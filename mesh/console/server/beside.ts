import { pipeline } from 'node:stream/promises';
import type { Asked } from '#mesh/serve/http-server.ts';
import { type MetricsTarget, scrape } from '#mesh/telemetry/metrics/targets.ts';
import { request } from '#platform/node-http.ts';

export interface BesideOptions {
  /** The origin of the mesh's own trace collector; undefined: traces are elsewhere, or not kept. */
  readonly traces: string | undefined;
  readonly metrics: () => readonly MetricsTarget[];
}

const TRACES = '/traces/';

/** What has a page or an address of its own, at the console's port too: the traces under `/traces/`, the metrics at `/metrics`. */
export function besideTheConsole({ traces, metrics }: BesideOptions): (asked: Asked) => Promise<boolean> {
  return async ({ request: asked, response, url }) => {
    if (url.pathname === '/metrics') {
      const type = 'text/plain; version=0.0.4; charset=utf-8';
      response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' });
      response.end(await scrape(metrics()));
      return true;
    }
    if (traces === undefined || !url.pathname.startsWith(TRACES)) return false;
    await pass(traces, { request: asked, response, url });
    return true;
  };
}

/** Reading only: spans go to the collector itself. */
function pass(origin: string, { request: asked, response, url }: Asked): Promise<void> {
  const path = `/${url.pathname.slice(TRACES.length)}${url.search}`;
  const etag = asked.headers['if-none-match'];
  const headers = { 'x-mesh101-console': '1', ...(etag && { 'if-none-match': etag }) };
  return new Promise((resolve) => {
    request(new URL(path, origin), { headers, timeout: 10_000 }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).then(resolve, () => resolve());
    })
      .on('error', () => {
        if (!response.headersSent) response.writeHead(503, { 'content-type': 'text/plain' });
        response.end('the trace collector does not answer: it is starting or ending\n');
        resolve();
      })
      .end();
  });
}
