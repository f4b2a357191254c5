import type { RequestHandler } from 'express';
import { exchangeOf } from '#platform/telemetry.ts';
import { sendPage } from '#services/productpage/page/send-page.ts';
import { PRODUCTS } from '#services/productpage/products.ts';
import { userOf } from '#services/productpage/session.ts';

/** `GET /`: what bookinfo is, and where to go. */
export const home: RequestHandler = (req, res) => {
  exchangeOf(res).route = '/';
  sendPage(res, 'home', { user: userOf(req), products: PRODUCTS });
};
