import type { Service } from '#platform/service.ts';
import { createApp } from '#services/reviews/app.ts';
import { type ReviewsConfig, reviewsVariables } from '#services/reviews/config.ts';

/** What readers think of a book; its three versions are one program with three environments. */
export const reviews: Service<ReviewsConfig> = {
  name: 'reviews',
  variables: reviewsVariables,
  createApp,
};
