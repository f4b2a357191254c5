import express, { type RequestHandler } from 'express';

/** Reads a body up to `limit` (`64kb`) and drops it; answers 413 to a larger one. */
export function bodyLimit(limit: string): RequestHandler {
  const read = express.raw({ limit, type: () => true });
  return (req, res, next) => {
    // A request has a body if and only if it has one of these (RFC 9112 section 6); few requests do.
    const { 'content-length': length, 'transfer-encoding': encoding } = req.headers;
    if (length === undefined && encoding === undefined) next();
    else read(req, res, next);
  };
}
