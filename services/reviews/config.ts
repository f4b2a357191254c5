import { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';
import { duration, oneOf, variable } from '#platform/environment.ts';

/** The page knows the stars' colours by name. */
const COLOR_FORM = 'a color by its name, such as black or red';

/** The variables of reviews, all optional; those of `platform/config.ts` come on top. */
export const reviewsVariables = platformVariables.extend({
  PORT: port().default(9080),
  /** v1 has no stars; v2 and v3 ask ratings for them. */
  ENABLE_RATINGS: oneOf('true', 'false').default('false'),
  /** v2 has black ones, v3 red ones. */
  STAR_COLOR: variable(COLOR_FORM, (text) => (/^[a-z]{1,30}$/i.test(text) ? text : undefined)).default(
    'black',
  ),
  RATINGS_HOSTNAME: z.string().default('ratings'),
  RATINGS_SERVICE_PORT: port().default(9080),
  /** Added to the host's name, where ratings is in another namespace: `shop.svc.cluster.local`. */
  SERVICES_DOMAIN: z.string().optional(),
  /** For the call of ratings; by default 10 s with black stars and 2.5 s with others. */
  RATINGS_TIMEOUT: duration().optional(),
  CLUSTER_NAME: z.string().optional(),
});

export type ReviewsConfig = z.output<typeof reviewsVariables>;
