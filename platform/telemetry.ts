import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { OngoingCall } from '#platform/downstream.ts';
import { secondsSince } from '#platform/duration.ts';
import type { ServerMetrics } from '#platform/metrics.ts';
import type { RequestLog } from '#platform/request-log.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** What is known about a request while it is handled. */
export interface Exchange {
  readonly requestId: string;
  readonly trace: TraceReference | undefined;
  /** On `performance`'s clock, in milliseconds. */
  readonly startedAt: number;
  /** The calls made on its behalf; they are cancelled when its client leaves. */
  readonly calls: OngoingCall[];
  /** The route's template, for metrics: never a path that a client made up. */
  route: string;
  /** Only machines ask for it, so it stays out of the log unless LOG_LEVEL is debug. */
  quiet: boolean;
  /** Why the answer is not what was asked for. */
  error: string | undefined;
}

/** The status that nginx and others log when the client left before the answer. */
const CLIENT_GONE = 499;

interface TelemetryOptions {
  readonly requestLog: RequestLog;
  readonly metrics: ServerMetrics;
  readonly tracing: Tracing;
}

/** Gives each request its id, and one log line and one observation once its answer has left. */
export function telemetry({ requestLog, metrics, tracing }: TelemetryOptions): RequestHandler {
  const handle: RequestHandler = (req, res, next) => {
    const exchange = exchangeFor(req, tracing);
    res.locals['exchange'] = exchange;
    // `on`, since it closes only once and `once` costs more; and one listener for everything that happens at the end.
    res.on('close', () => {
      if (!res.writableFinished) for (const call of exchange.calls) call.cancel('the client left');
      report({ req, res, exchange, requestLog, metrics });
    });
    next();
  };
  const { spans } = tracing;
  return spans ? (req, res, next) => spans.request(req, res, () => handle(req, res, next)) : handle;
}

/** The Exchange of a response that passed through `telemetry`. */
export function exchangeOf(res: Response): Exchange {
  return res.locals['exchange'] as Exchange;
}

function exchangeFor({ headers }: Request, tracing: Tracing): Exchange {
  return {
    requestId: (headers['x-request-id'] as string | undefined) ?? randomUUID(),
    trace: tracing.traceOf(headers),
    startedAt: performance.now(),
    calls: [],
    route: '',
    quiet: false,
    error: undefined,
  };
}

interface Context extends Omit<TelemetryOptions, 'tracing'> {
  readonly req: Request;
  readonly res: Response;
  readonly exchange: Exchange;
}

function report({ req, res, exchange, requestLog, metrics }: Context): void {
  const { requestId, trace, route, quiet, error } = exchange;
  const { method, originalUrl: url } = req;
  const seconds = secondsSince(exchange.startedAt);
  const status = res.writableFinished ? res.statusCode : CLIENT_GONE;
  metrics.observe({ method, route, status, seconds, trace });
  const level = quiet ? 'debug' : status >= 500 ? 'warn' : 'info';
  requestLog.write(level, { requestId, traceId: trace?.traceId, method, url, status, seconds, error });
}
