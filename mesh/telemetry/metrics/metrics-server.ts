import type { Server } from 'node:http';
import { createHttpServer } from '#mesh/serve/http-server.ts';
import { notLocal } from '#mesh/serve/local-caller.ts';
import { type MetricsTarget, scrape } from '#mesh/telemetry/metrics/targets.ts';

/** Where an Istio proxy shows its metrics, and where everything else does. */
const PATHS: ReadonlySet<string> = new Set(['/stats/prometheus', '/metrics']);
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsServerOptions {
  /** Asked at each scrape, because pods come and go. */
  readonly targets: () => readonly MetricsTarget[];
  readonly onBug: (error: unknown) => void;
}

/** One place to scrape a whole mesh from. */
export function createMetricsServer({ targets, onBug }: MetricsServerOptions): Server {
  return createHttpServer({
    onBug,
    async handle({ request, response, url }) {
      const refusal = notLocal(request.headers) ?? wrongPath(url);
      if (refusal) {
        response.writeHead(refusal.status, { 'content-type': 'text/plain' }).end(`${refusal.message}\n`);
        return;
      }
      const text = await scrape(targets());
      response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(text);
    },
  });
}

function wrongPath({ pathname }: URL) {
  if (PATHS.has(pathname)) return undefined;
  return { status: 404, message: `the metrics of the mesh are at ${[...PATHS].join(' and ')}` };
}
