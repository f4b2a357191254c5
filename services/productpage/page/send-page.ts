import type { Response } from 'express';
import { render } from '#services/productpage/page/render.ts';

/** The page has no script, and reaches nothing but the service that sent it. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  // Log-in and log-out need it for the way back.
  'referrer-policy': 'same-origin',
  // A page is for one user and this moment only.
  'cache-control': 'no-store',
};

/** Answers with the page of a template. */
export function sendPage(res: Response, template: 'home' | 'product', view: object): void {
  res.set(HEADERS).end(render(template, view));
}
