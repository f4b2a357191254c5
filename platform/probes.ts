import { type Response, Router } from 'express';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import { exposition } from '#platform/exposition.ts';
import type { Readiness } from '#platform/readiness.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/** What is wrong with something that a service cannot do without; undefined when all is well. Ends in time by itself. */
export type Need = () => Promise<string | undefined>;

interface ProbesOptions {
  readonly readiness: Readiness;
  readonly registry: Registry<OpenMetricsContentType>;
  /** By name. A service is not ready without them; but it lives, as a restart would not bring them back. */
  readonly needs?: Readonly<Record<string, Need>>;
}

/** `/healthz` (the process lives), `/readyz` (send it requests) and `/metrics` (in Prometheus' text format or OpenMetrics). */
export function probes({ readiness, registry, needs = {} }: ProbesOptions): Router {
  const router = Router();
  const write = exposition(registry);
  router.get('/healthz', async (_req, res) => {
    const { lines } = await statesOf(needs);
    answer(res, '/healthz', { status: 200, text: `ok\n${lines}` });
  });
  router.get('/readyz', async (_req, res) => {
    const { lines, well } = await statesOf(needs);
    const ready = readiness.ready && well;
    const text = ready
      ? 'ready'
      : readiness.draining
        ? 'draining'
        : readiness.ready
          ? 'not ready'
          : 'starting';
    answer(res, '/readyz', { status: ready ? 200 : 503, text: `${text}\n${lines}` });
  });
  router.get('/metrics', async (req, res) => {
    const { contentType, text } = await write(req.headers.accept);
    res.setHeader('content-type', contentType);
    answer(res, '/metrics', { status: 200, text });
  });
  return router;
}

/** A line for each need: `redis: ok`. */
async function statesOf(needs: Readonly<Record<string, Need>>): Promise<{ lines: string; well: boolean }> {
  const states = await Promise.all(
    Object.entries(needs).map(async ([name, need]) => ({ name, wrong: await need() })),
  );
  return {
    lines: states.map(({ name, wrong }) => `${name}: ${wrong ?? 'ok'}\n`).join(''),
    well: states.every(({ wrong }) => wrong === undefined),
  };
}

function answer(res: Response, route: string, { status, text }: { status: number; text: string }): void {
  const exchange = exchangeOf(res);
  exchange.route = route;
  exchange.quiet = true;
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'text/plain; charset=utf-8');
  res.status(status).end(text);
}
