import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { secondsSince } from '#platform/elapsed.ts';
import type { Logger } from '#platform/logging.ts';
import type { ServerMetrics } from '#platform/metrics.ts';
import { traceId } from '#platform/trace-id.ts';

/** What is known about a request while it is handled. */
export interface Exchange {
  readonly requestId: string;
  /** On `performance`'s clock, in milliseconds. */
  readonly startedAt: number;
  /** The route's template, for metrics: never a path that a client made up. */
  route: string;
  /** Why the answer is not what was asked for. */
  error?: string;
}

/** The status that nginx and others log for a client that left before its answer. */
const CLIENT_GONE = 499;

interface TelemetryOptions {
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
}

/** Gives each request its id, and one log line and one observation once its answer has left. */
export function telemetry({ logger, metrics }: TelemetryOptions): RequestHandler {
  return (req, res, next) => {
    const exchange: Exchange = {
      requestId: (req.headers['x-request-id'] as string | undefined) ?? randomUUID(),
      startedAt: performance.now(),
      route: '',
    };
    res.locals['exchange'] = exchange;
    res.once('close', () => report({ req, res, exchange, logger, metrics }));
    next();
  };
}

/** The Exchange of a response that passed through `telemetry`. */
export function exchangeOf(res: Response): Exchange {
  return res.locals['exchange'] as Exchange;
}

/** Marks a route as one that only machines ask for, so that it stays out of the log unless LOG_LEVEL is debug. */
export function quiet(res: Response): void {
  res.locals['quiet'] = true;
}

function report({ req, res, exchange, logger, metrics }: TelemetryOptions & Context): void {
  const seconds = secondsSince(exchange.startedAt);
  const status = res.writableFinished ? res.statusCode : CLIENT_GONE;
  metrics.observe({ method: req.method, route: exchange.route, status, seconds });
  const level = res.locals['quiet'] ? 'debug' : status >= 500 ? 'warn' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  logger[level]({
    requestId: exchange.requestId,
    traceId: traceId(req.headers),
    method: req.method,
    url: req.originalUrl,
    status,
    seconds,
    error: exchange.error,
  });
}

interface Context {
  readonly req: Request;
  readonly res: Response;
  readonly exchange: Exchange;
}
