import { z } from 'zod';

/*
 * What productpage reads of the answers of the services behind it. Fields that it does not know pass through its API, so
 * that other implementations of bookinfo's services work behind it, too.
 */

export const detailsAnswer = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.undefined()]),
);

const rating = z.union([
  z.looseObject({ stars: z.number(), color: z.string() }),
  z.looseObject({ error: z.string() }),
]);

const id = z.union([z.number(), z.string()]).optional();

export const reviewsAnswer = z.looseObject({
  id,
  podname: z.string().nullish(),
  clustername: z.string().nullish(),
  reviews: z.array(z.looseObject({ reviewer: z.string(), text: z.string(), rating: rating.optional() })),
});

export const ratingsAnswer = z.looseObject({ id, ratings: z.record(z.string(), z.number()) });

export type Details = z.output<typeof detailsAnswer>;
export type Reviews = z.output<typeof reviewsAnswer>;
export type Ratings = z.output<typeof ratingsAnswer>;
