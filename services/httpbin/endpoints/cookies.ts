import type { RequestHandler, Response } from 'express';
import { pathPart } from '#services/httpbin/parameters.ts';
import { parseCookie } from '#services/httpbin/parse-cookie.ts';
import { sendSorted } from '#services/httpbin/sorted-json.ts';

/** `/cookies`: those of the request. */
export const cookies: RequestHandler = (req, res) =>
  sendSorted(res, { cookies: parseCookie(req.headers.cookie ?? '') });

/** `/cookies/set?name=value&…` sets cookies, and shows them all. */
export const setCookies: RequestHandler = (req, res) => {
  for (const [name, value] of Object.entries(req.query)) set(res, name, String(value));
  res.redirect(302, '/cookies');
};

/** `/cookies/set/{name}/{value}` */
export const setCookie: RequestHandler = (req, res) => {
  set(res, pathPart(req, 'name'), pathPart(req, 'value'));
  res.redirect(302, '/cookies');
};

/** `/cookies/delete?name&…` */
export const deleteCookies: RequestHandler = (req, res) => {
  for (const name of Object.keys(req.query)) res.clearCookie(encodeURIComponent(name), { path: '/' });
  res.redirect(302, '/cookies');
};

function set(res: Response, name: string, value: string): void {
  res.cookie(encodeURIComponent(name), value, { path: '/' });
}
