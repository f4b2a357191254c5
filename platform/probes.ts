import { type RequestHandler, type Response, Router } from 'express';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import { exposition } from '#platform/exposition.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/** Says what is wrong with something that a service needs; undefined when all is well. It must end in time by itself. */
export type Need = () => Promise<string | undefined>;

interface ProbesOptions {
  readonly readiness: Readiness;
  readonly registry: Registry<OpenMetricsContentType>;
  /** By name. Without them a service is not ready, but it is alive: a restart would not bring them back. */
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

/**
 * Whether a service should get requests. It becomes ready `delay` milliseconds after its start, and
 * stays unready once it drains.
 */
export class Readiness {
  readonly #readyAt: number;
  readonly #now: () => number;
  #draining = false;

  constructor({ delay = 0, now = () => performance.now() }: { delay?: number; now?: () => number } = {}) {
    this.#now = now;
    this.#readyAt = now() + delay;
  }

  get ready(): boolean {
    return !this.#draining && this.#now() >= this.#readyAt;
  }

  get draining(): boolean {
    return this.#draining;
  }

  drain(): void {
    this.#draining = true;
  }
}

/** `GET /health` as each of bookinfo's services answers it: `{"status": "Details is healthy"}`. */
export function health(name: string): RequestHandler {
  const status = `${name} is healthy`;
  return (_req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = '/health';
    exchange.quiet = true;
    res.json({ status });
  };
}
