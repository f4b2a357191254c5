import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { bodyOf } from '#services/httpbin/body-view.ts';
import { headersOf, originOf, viewOf } from '#services/httpbin/request-view.ts';
import { sendSorted } from '#services/httpbin/sorted-json.ts';

/** `/get`: the request as it arrived. */
export const get: RequestHandler = (req, res) => sendSorted(res, viewOf(req));

/** `/post`, `/put`, `/patch`, `/delete`: the same with the body. */
export const withBody: RequestHandler = async (req, res) => {
  sendSorted(res, { ...viewOf(req), ...(await bodyOf(req)) });
};

/** `/anything` and everything below: the same and the method, for any method. */
export const anything: RequestHandler = async (req, res) => {
  sendSorted(res, { ...viewOf(req), ...(await bodyOf(req)), method: req.method });
};

export const headers: RequestHandler = (req, res) => sendSorted(res, { headers: headersOf(req) });

export const ip: RequestHandler = (req, res) => sendSorted(res, { origin: originOf(req) });

export const userAgent: RequestHandler = (req, res) =>
  sendSorted(res, { 'user-agent': req.headers['user-agent'] ?? null });

export const uuid: RequestHandler = (_req, res) => sendSorted(res, { uuid: randomUUID() });
