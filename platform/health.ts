import type { RequestHandler } from 'express';
import { exchangeOf } from '#platform/telemetry.ts';

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
