import type { RequestHandler } from 'express';
import { numericId } from '#platform/numeric-id.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import { ownBook } from '#services/details/book.ts';
import type { DetailsConfig } from '#services/details/config.ts';
import { googleBooks } from '#services/details/google-books.ts';

/** `GET /details/{id}`: the book with that id; every id is the same book. */
export function detailsEndpoint(platform: Platform<DetailsConfig>): RequestHandler<{ id?: string }> {
  const external =
    platform.config.ENABLE_EXTERNAL_BOOK_SERVICE === 'true' ? googleBooks(platform) : undefined;
  return async (req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = '/details/{id}';
    const id = numericId(req.params.id);
    if (id === undefined) {
      exchange.error = 'please provide numeric product id';
      res.status(400).json({ error: exchange.error });
    } else if (!external) {
      res.json(ownBook(id));
    } else {
      const result = await external(id, res);
      if (result.ok) res.json(result.value);
      else {
        exchange.error = `the Google Books API: ${result.reason}`;
        // Its 404 or 429 is not one of this service's; a 5xx is passed up, so that retries and meshes see it.
        res.status(result.status >= 500 ? result.status : 502).json({ error: exchange.error });
      }
    }
  };
}
