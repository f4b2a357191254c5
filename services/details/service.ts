import { createReadOnlyApp } from '#platform/read-only-app.ts';
import type { Service } from '#platform/service.ts';
import { type DetailsConfig, detailsVariables } from '#services/details/config.ts';
import { detailsEndpoint } from '#services/details/details.ts';

/** Bookinfo's details: author, pages, ISBN. */
export const details: Service<DetailsConfig> = {
  name: 'details',
  variables: detailsVariables,
  createApp: (platform) =>
    createReadOnlyApp(platform, {
      path: '/details{/:id}',
      endpoint: detailsEndpoint(platform),
      title: 'Details',
    }),
};
