import type { Service } from '#platform/service.ts';
import { createApp } from '#services/ratings/app.ts';
import { type RatingsConfig, ratingsVariables } from '#services/ratings/config.ts';

/** Bookinfo's ratings: how many stars each reviewer gave. It calls no other service, only its database if it has one. */
export const ratings: Service<RatingsConfig> = {
  name: 'ratings',
  variables: ratingsVariables,
  createApp,
};
