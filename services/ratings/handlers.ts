import type { Request, RequestHandler, Response } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { numericId } from '#platform/numeric-id.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import { parseRatings } from '#services/ratings/parse-ratings.ts';
import type { RatingsStore } from '#services/ratings/store.ts';

/** `GET /ratings/{id}` → `{"id": 0, "ratings": {"Reviewer1": 5, "Reviewer2": 4}}` */
export function readRatings(store: RatingsStore): RequestHandler {
  return async (req, res) => {
    const id = productId(req);
    const result = await store.read(id);
    if (result.ok) res.json({ id, ratings: result.ratings });
    else fail(res, result);
  };
}

/** `POST /ratings/{id}` with `{"Reviewer1": 2}` takes the place of all ratings of that product. */
export function storeRatings({ write }: RatingsStore): RequestHandler {
  return (req, res) => {
    const id = productId(req);
    const ratings = parseRatings(String(req.body));
    if (!ratings) {
      throw new RequestMistake(
        'please provide valid ratings JSON: stars from 0 to 5 by reviewer, such as {"Reviewer1": 5}',
      );
    }
    if (!write) {
      const error = 'ratings in a database cannot be posted';
      return fail(res, { status: 501, error, reason: error });
    }
    write(id, ratings);
    res.json({ id, ratings });
  };
}

/** Ends with a status of the server's, which no exception stands for: those are bugs. */
export function fail(res: Response, failure: { status: number; error: string; reason: string }): void {
  exchangeOf(res).error = failure.reason;
  res.status(failure.status).set('cache-control', 'no-store').json({ error: failure.error });
}

function productId({ params }: Request): number {
  const id = numericId(String(params['id']));
  if (id === undefined) throw new RequestMistake('please provide numeric product ID');
  return id;
}
