import { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';
import { integer, variable } from '#platform/environment.ts';

/**
 * The variables of productpage; those of `platform/config.ts` come on top. Kubernetes itself sets those that end in
 * `_SERVICE_PORT`, for each Service of the namespace.
 */
export const productpageVariables = platformVariables.extend({
  PORT: port().default(9080),
  /** Appended to the three host names: `bookinfo.svc.cluster.local`. */
  SERVICES_DOMAIN: hostname().optional(),
  DETAILS_HOSTNAME: hostname().default('details'),
  DETAILS_SERVICE_PORT: servicePort().default(9080),
  REVIEWS_HOSTNAME: hostname().default('reviews'),
  REVIEWS_SERVICE_PORT: servicePort().default(9080),
  RATINGS_HOSTNAME: hostname().default('ratings'),
  RATINGS_SERVICE_PORT: servicePort().default(9080),
  /** Extra calls to reviews for each page, to have something to protect reviews from. */
  FLOOD_FACTOR: integer({ min: 0, max: 1000 }).default(0),
  /** Signs session cookies; the same for all replicas. */
  SESSION_SECRET: z.string().optional(),
});

export type ProductpageConfig = z.output<typeof productpageVariables>;

function hostname() {
  return variable('a host name or an address', (text) => (/^[\w.-]+$/.test(text) ? text : undefined));
}

function servicePort() {
  return integer({ min: 1, max: 65_535 });
}
