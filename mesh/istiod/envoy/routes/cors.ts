import type { Any } from '#mesh/istiod/envoy/json.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { stringMatcher } from '#mesh/istiod/envoy/routes/match.ts';
import type { CorsPolicy } from '#mesh/istiod/model/route.ts';

export const CORS_FILTER = 'envoy.filters.http.cors';

/** A route's own configuration of the CORS filter. */
export function corsConfig(cors: CorsPolicy): Any {
  return typed('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allow_origin_string_match: cors.allowOrigins.map((origin) =>
      'present' in origin ? { prefix: '' } : stringMatcher(origin),
    ),
    allow_methods: cors.allowMethods?.join(','),
    allow_headers: cors.allowHeaders?.join(','),
    expose_headers: cors.exposeHeaders?.join(','),
    max_age: cors.maxAge === undefined ? undefined : String(Math.floor(cors.maxAge / 1000)),
    allow_credentials: cors.allowCredentials,
    filter_enabled: { default_value: { numerator: 100 } },
    forward_not_matching_preflights: cors.answersOthers !== true,
  });
}
