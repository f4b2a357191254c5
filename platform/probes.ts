import { type Response, Router } from 'express';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import { exposition } from '#platform/exposition.ts';
import type { Readiness } from '#platform/readiness.ts';
import { exchangeOf } from '#platform/telemetry.ts';

interface ProbesOptions {
  readonly readiness: Readiness;
  readonly registry: Registry<OpenMetricsContentType>;
}

/** `/healthz` (the process lives), `/readyz` (send it requests) and `/metrics` (in Prometheus' text format or OpenMetrics). */
export function probes({ readiness, registry }: ProbesOptions): Router {
  const router = Router();
  const write = exposition(registry);
  router.get('/healthz', (_req, res) => answer(res, '/healthz', { status: 200, text: 'ok\n' }));
  router.get('/readyz', (_req, res) => {
    const text = readiness.ready ? 'ready\n' : readiness.draining ? 'draining\n' : 'starting\n';
    answer(res, '/readyz', { status: readiness.ready ? 200 : 503, text });
  });
  router.get('/metrics', async (req, res) => {
    const { contentType, text } = await write(req.headers.accept);
    res.setHeader('content-type', contentType);
    answer(res, '/metrics', { status: 200, text });
  });
  return router;
}

function answer(res: Response, route: string, { status, text }: { status: number; text: string }): void {
  const exchange = exchangeOf(res);
  exchange.route = route;
  exchange.quiet = true;
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'text/plain; charset=utf-8');
  res.status(status).end(text);
}
