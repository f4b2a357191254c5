import type { Request, Response } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';

interface Bounds {
  readonly min: number;
  /** A larger number counts as this one, as in httpbin. */
  readonly max: number;
}

/** A number of the path or the query, at most `max`. */
export function numberOf(text: unknown, what: string, { min, max }: Bounds): number {
  const value = typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min)) throw new RequestMistake(`${what}: must be a number from ${min} to ${max}`);
  return Math.min(value, max);
}

/** The same for whole numbers. */
export function integerOf(text: unknown, what: string, bounds: Bounds): number {
  const value = numberOf(text, what, bounds);
  if (Number.isInteger(value)) return value;
  throw new RequestMistake(`${what}: must be a whole number from ${bounds.min} to ${bounds.max}`);
}

/** One value of the path, decoded. */
export function pathPart(req: Request, name: string): string {
  return String(req.params[name] ?? '');
}

/** The first value of a query's field. */
export function queryField(req: Request, name: string): string | undefined {
  const value = [req.query[name]].flat()[0];
  return typeof value === 'string' ? value : undefined;
}

/** Aborts when the client has left, so that work for it stops. */
export function clientGone(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return gone.signal;
}
