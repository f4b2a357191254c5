import type { RequestHandler } from 'express';
import { RequestMistake } from '#platform/request-mistake.ts';

/** Behind all of a service's routes: a path that it does not have is 404. */
export const notFound: RequestHandler = (req) => {
  throw new RequestMistake(`there is no ${req.method} ${req.path} here`, { status: 404 });
};
