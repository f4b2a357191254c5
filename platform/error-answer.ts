import type { ErrorRequestHandler } from 'express';
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
    const status = clientStatus(error);
    const message = status < 500 ? error.message : 'this is a bug in the service; its log tells more';
    if (status >= 500) logger.error({ err: error, requestId: exchangeOf(res).requestId }, 'request failed');
    exchangeOf(res).error = message;
    // The rest of a body that was refused must not be read as the next request.
    if (status === 413) res.shouldKeepAlive = false;
    res
      .status(status)
      .set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', vary: 'accept' });
    if (req.accepts(['text', 'json']) === 'json')
      res.type('json').send(`${JSON.stringify({ status, error: message }, null, 2)}\n`);
    else res.type('text/plain').send(`${statusText(status)} - ${message}\n`);
  };
}

function clientStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
