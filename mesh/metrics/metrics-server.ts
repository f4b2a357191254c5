import { createServer, type Server } from 'node:http';
import { type MetricsTarget, scrape } from '#mesh/metrics/targets.ts';

/** Where an Istio proxy shows its metrics, and where everything else does. */
const PATHS: ReadonlySet<string> = new Set(['/stats/prometheus', '/metrics']);
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One place to scrape a whole mesh from; `targets` is asked at each scrape, because pods come and go. */
export function createMetricsServer(targets: () => readonly MetricsTarget[]): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://mesh');
    if (!PATHS.has(pathname)) {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end(`the metrics of the mesh are at ${[...PATHS].join(' and ')}\n`);
      return;
    }
    void scrape(targets()).then((text) => {
      response.writeHead(200, { 'content-type': CONTENT_TYPE });
      response.end(text);
    });
  });
}
