import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { exchangeOf } from '#platform/telemetry.ts';
import type { Flaws } from '#services/ratings/flaws.ts';
import { fail } from '#services/ratings/handlers.ts';

/** Fails or delays a request as the version's flaws have it, and lets it pass otherwise. */
export function misbehaviour(flaws: Flaws, version: string | undefined): RequestHandler {
  const reason = `unavailable on purpose (SERVICE_VERSION=${version})`;
  return async (_req, res, next) => {
    if (flaws.fails()) return fail(res, { status: 503, error: 'Service unavailable', reason });
    const delay = flaws.delay();
    if (delay > 0) await sleep(delay);
    if (!res.closed) next();
  };
}

/** In front of `/health`: says so if the version is ill. */
export function illHealth(flaws: Flaws): RequestHandler {
  return (_req, res, next) => {
    if (flaws.healthy()) return next();
    const exchange = exchangeOf(res);
    exchange.route = '/health';
    exchange.quiet = true;
    res.status(503).json({ status: 'Ratings is not healthy' });
  };
}
