import type { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';
import { oneOf } from '#platform/environment.ts';

/** The variables of details; those of `platform/config.ts` come on top. */
export const detailsVariables = platformVariables.extend({
  PORT: port().default(9080),
  /** v2: asks the Google Books API. */
  ENABLE_EXTERNAL_BOOK_SERVICE: oneOf('true', 'false').default('false'),
  /** Asks it by HTTP on port 80, so that the mesh sees the request and can make it HTTPS. */
  DO_NOT_ENCRYPT: oneOf('true', 'false').default('false'),
});

export type DetailsConfig = z.output<typeof detailsVariables>;
