import type { Service } from '#platform/service.ts';
import { createApp } from '#services/details/app.ts';
import { type DetailsConfig, detailsVariables } from '#services/details/config.ts';

/** What bookinfo knows of a book. */
export const details: Service<DetailsConfig> = {
  name: 'details',
  variables: detailsVariables,
  createApp,
};
