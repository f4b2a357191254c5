import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from '#platform/logging.ts';
import { statusText } from '#platform/status-text.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/**
 * The last middleware: answers what others threw. A 4xx (ours, or one of body-parser's and express's own, which follow
 * the same convention) tells its reason; anything else is a bug, whose details only the log gets.
 */
export function errorAnswer(logger: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const { status, message } = tellError(error, res, logger);
    res.set('vary', 'accept');
    if (req.accepts(['text', 'json']) === 'json')
      res.type('json').send(`${JSON.stringify({ status, error: message }, null, 2)}\n`);
    else res.type('text/plain').send(`${statusText(status)} - ${message}\n`);
  };
}

/** The same for a service whose clients always get JSON: `{"error": "…"}`, whatever they accept. */
export function jsonErrorAnswer(logger: Logger): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    res.json({ error: tellError(error, res, logger).message });
  };
}

/** Sets status and headers, and tells the logs. */
function tellError(error: unknown, res: Response, logger: Logger): { status: number; message: string } {
  const status = clientStatus(error);
  const ours = status < 500 && error instanceof Error;
  const message = ours ? error.message : 'this is a bug in the service; its log tells more';
  if (!ours) logger.error({ err: error, requestId: exchangeOf(res).requestId }, 'request failed');
  exchangeOf(res).error = message;
  // The rest of a body that was refused must not be read as the next request.
  if (status === 413) res.shouldKeepAlive = false;
  res.status(status).set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  return { status, message };
}

function clientStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
