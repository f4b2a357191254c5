import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from '#platform/logging.ts';
import { STATUS_CODES } from '#platform/node-http.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/**
 * The last middleware: turns what others threw into answers. A 4xx (ours, or one of body-parser's and express's own, which follow
 * the same convention) says its reason; anything else is a bug, and only the log gets its details.
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

/** Sets status and headers, and writes to the log. */
function tellError(error: unknown, res: Response, logger: Logger): { status: number; message: string } {
  const status = clientStatus(error);
  const ours = status < 500 && error instanceof Error;
  const message = ours ? error.message : 'this is a bug in the service; its log says more';
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

/** The last of a service's routes: answers 404 to every other path. */
export const notFound: RequestHandler = (req) => {
  throw new RequestMistake(`there is no ${req.method} ${req.path} here`, { status: 404 });
};

/** A status with its phrase: `502 Bad Gateway`. */
export function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
}

/** A request that this service cannot answer because of what the client sent; becomes a 4xx with the reason. */
export class RequestMistake extends Error {
  override readonly name = 'RequestMistake';
  readonly status: number;

  constructor(message: string, { status = 400, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.status = status;
  }
}
