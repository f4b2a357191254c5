import type { RequestHandler } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { numericId } from '#platform/numeric-id.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import type { ReviewsConfig } from '#services/reviews/config.ts';
import { ratingsOf } from '#services/reviews/ratings.ts';
import { reviewsWith } from '#services/reviews/review.ts';

/** `GET /reviews/{id}`: the reviews of a product, 200 even where ratings fails, and who answers. */
export function reviewsEndpoint(platform: Platform<ReviewsConfig>): RequestHandler<{ id: string }> {
  const { config } = platform;
  const ask = config.ENABLE_RATINGS === 'true' ? ratingsOf(platform) : undefined;
  return async (req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = '/reviews/{id}';
    const { id } = req.params;
    if (numericId(id) === undefined) throw new RequestMistake('please provide numeric product id');
    const ratings = await ask?.(id, res);
    if (ratings?.ok === false) exchange.error = `ratings: ${ratings.reason}`;
    res.json({
      id,
      podname: config.HOSTNAME ?? null,
      clustername: config.CLUSTER_NAME ?? null,
      reviews: reviewsWith(ratings, config.STAR_COLOR),
    });
  };
}
