import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { OngoingCall } from '#platform/downstream.ts';
import { secondsSince } from '#platform/elapsed.ts';
import type { ServerMetrics } from '#platform/metrics.ts';
import type { RequestLog } from '#platform/request-log.ts';
import { traceId } from '#platform/trace-id.ts';

/** What is known about a request while it is handled. */
export interface Exchange {
  readonly requestId: string;
  /** On `performance`'s clock, in milliseconds. */
  readonly startedAt: number;
  /** The calls made on its behalf, which are cancelled when its client leaves. */
  readonly calls: OngoingCall[];
  /** The route's template, for metrics: never a path that a client made up. */
  route: string;
  /** Only machines ask for it, so that it stays out of the log unless LOG_LEVEL is debug. */
  quiet: boolean;
  /** Why the answer is not what was asked for. */
  error: string | undefined;
}

/** The status that nginx and others log for a client that left before its answer. */
const CLIENT_GONE = 499;

interface TelemetryOptions {
  readonly requestLog: RequestLog;
  readonly metrics: ServerMetrics;
}

/** Gives each request its id, and one log line and one observation once its answer has left. */
export function telemetry({ requestLog, metrics }: TelemetryOptions): RequestHandler {
  return (req, res, next) => {
    const exchange = exchangeFor(req);
    res.locals['exchange'] = exchange;
    // `on`, since it closes once anyway and `once` costs more; and one listener for all that the end concerns.
    res.on('close', () => {
      if (!res.writableFinished) for (const call of exchange.calls) call.cancel('the client left');
      report({ req, res, exchange, requestLog, metrics });
    });
    next();
  };
}

/** The Exchange of a response that passed through `telemetry`. */
export function exchangeOf(res: Response): Exchange {
  return res.locals['exchange'] as Exchange;
}

function exchangeFor({ headers }: Request): Exchange {
  return {
    requestId: (headers['x-request-id'] as string | undefined) ?? randomUUID(),
    startedAt: performance.now(),
    calls: [],
    route: '',
    quiet: false,
    error: undefined,
  };
}

interface Context extends TelemetryOptions {
  readonly req: Request;
  readonly res: Response;
  readonly exchange: Exchange;
}

function report({ req, res, exchange, requestLog, metrics }: Context): void {
  const { requestId, route, quiet, error } = exchange;
  const { method, originalUrl: url } = req;
  const seconds = secondsSince(exchange.startedAt);
  const status = res.writableFinished ? res.statusCode : CLIENT_GONE;
  metrics.observe({ method, route, status, seconds });
  const level = quiet ? 'debug' : status >= 500 ? 'warn' : 'info';
  requestLog.write(level, { requestId, traceId: traceId(req.headers), method, url, status, seconds, error });
}
