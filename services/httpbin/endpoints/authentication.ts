import type { Request, RequestHandler } from 'express';
import { pathPart } from '#services/httpbin/parameters.ts';
import { sendSorted } from '#services/httpbin/sorted-json.ts';

/** `/basic-auth/{user}/{password}`: 401 unless the request carries these. */
export const basicAuth: RequestHandler = (req, res) => {
  if (knows(req)) sendSorted(res, { authenticated: true, user: pathPart(req, 'user') });
  else res.status(401).set('www-authenticate', 'Basic realm="Fake Realm"').end();
};

/** The same, but answers 404, so that others learn nothing. */
export const hiddenBasicAuth: RequestHandler = (req, res, next) => {
  if (knows(req)) sendSorted(res, { authenticated: true, user: pathPart(req, 'user') });
  else next();
};

/** `/bearer`: 401 without a token; any token will do. */
export const bearer: RequestHandler = (req, res) => {
  const [, token] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? [];
  if (token !== undefined) sendSorted(res, { authenticated: true, token });
  else res.status(401).set('www-authenticate', 'Bearer').end();
};

function knows(req: Request): boolean {
  const [, encoded = ''] = /^Basic (.+)$/i.exec(req.headers.authorization ?? '') ?? [];
  const given = Buffer.from(encoded, 'base64').toString();
  return given === `${pathPart(req, 'user')}:${pathPart(req, 'password')}`;
}
