import type { RequestHandler } from 'express';
import { exchangeOf } from '#platform/telemetry.ts';
import type { Backends } from '#services/productpage/backends.ts';
import type { FailedLogin } from '#services/productpage/login.ts';
import { detailsView } from '#services/productpage/page/details-view.ts';
import { reviewsView } from '#services/productpage/page/reviews-view.ts';
import { sendPage } from '#services/productpage/page/send-page.ts';
import { COMEDY_OF_ERRORS } from '#services/productpage/products.ts';
import { userOf } from '#services/productpage/session.ts';

/** `GET /productpage`: the book, its details and its reviews. 200 even when parts are missing; it says so in their place. */
export function productPage(backends: Backends) {
  const product = COMEDY_OF_ERRORS;
  return (failed?: FailedLogin): RequestHandler =>
    async (req, res) => {
      const exchange = exchangeOf(res);
      exchange.route ||= '/productpage';
      backends.flood(product.id, res);
      const [details, reviews] = await Promise.all([
        backends.details(product.id, res),
        backends.reviews(product.id, res),
      ]);
      exchange.error =
        Object.entries({ details, reviews })
          .flatMap(([part, result]) => (result.ok ? [] : [`${part} ${result.reason}`]))
          .join('; ') || undefined;
      res.status(failed ? 400 : 200);
      sendPage(res, 'product', {
        user: userOf(req),
        failed,
        product,
        details: detailsView(details),
        reviews: reviewsView(reviews),
      });
    };
}
