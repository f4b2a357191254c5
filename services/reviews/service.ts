import { createReadOnlyApp } from '#platform/read-only-app.ts';
import type { Service } from '#platform/service.ts';
import { type ReviewsConfig, reviewsVariables } from '#services/reviews/config.ts';
import { reviewsEndpoint } from '#services/reviews/reviews.ts';

/** What readers think of a book; its three versions are one program with three environments. */
export const reviews: Service<ReviewsConfig> = {
  name: 'reviews',
  variables: reviewsVariables,
  createApp: (platform) =>
    createReadOnlyApp(platform, {
      path: '/reviews/:id',
      endpoint: reviewsEndpoint(platform),
      title: 'Reviews',
    }),
};
