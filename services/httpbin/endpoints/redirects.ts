import type { Request, RequestHandler } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { integerOf, pathPart, queryField } from '#services/httpbin/parameters.ts';

const COUNT = { min: 1, max: 100 };

/** `/redirect/{n}`: n redirections, the last to `/get`; with `?absolute=true` by whole URLs. */
export const redirect: RequestHandler = (req, res) => {
  const absolute = queryField(req, 'absolute')?.toLowerCase() === 'true';
  res.redirect(302, nextOf(req, absolute ? 'absolute' : 'relative'));
};

export const relativeRedirect: RequestHandler = (req, res) => res.redirect(302, nextOf(req, 'relative'));

export const absoluteRedirect: RequestHandler = (req, res) => res.redirect(302, nextOf(req, 'absolute'));

/** `/redirect-to?url=…&status_code=307`, to wherever the client wants. */
export const redirectTo: RequestHandler = (req, res) => {
  const url = queryField(req, 'url');
  if (url === undefined) throw new RequestMistake('redirect-to needs a query field: url');
  const code = integerOf(queryField(req, 'status_code') ?? '302', 'status_code', { min: 300, max: 399 });
  res.redirect(code, url);
};

function nextOf(req: Request, kind: 'relative' | 'absolute'): string {
  const left = integerOf(pathPart(req, 'count'), 'redirect', COUNT) - 1;
  const path = left === 0 ? '/get' : `/${kind}-redirect/${left}`;
  return kind === 'absolute' ? `http://${req.headers.host ?? ''}${path}` : path;
}
