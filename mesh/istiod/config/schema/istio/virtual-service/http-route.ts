import { z } from 'zod';
import {
  duration,
  durationOrZero,
  fields,
  int32,
  labels,
  percent,
  port,
  strings,
  uint32,
} from '#mesh/istiod/config/schema/fields.ts';
import { httpMatch, valueMatch } from '#mesh/istiod/config/schema/istio/virtual-service/http-match.ts';

const changes = z.object({ set: labels, add: labels, remove: strings });

const headerOperations = z.object({
  request: changes.exactOptional(),
  response: changes.exactOptional(),
});

const destination = z.object({
  host: z.string().min(1),
  subset: z.string().exactOptional(),
  port: z.object({ number: port.exactOptional() }).exactOptional(),
});

const httpRouteDestination = z.object({
  destination,
  weight: int32.min(0).exactOptional(),
  headers: headerOperations.exactOptional(),
});

/** For TCP and TLS routes, which know no headers. */
export const routeDestination = z.object({ destination, weight: int32.min(0).exactOptional() });

const mirrorPolicy = z.object({ destination, percentage: percent.exactOptional() });

export type Destination = z.infer<typeof destination>;
export type HttpRouteDestination = z.infer<typeof httpRouteDestination>;

/** Istio takes others too, and its Envoys then refuse every route of the sidecar. */
const redirectCode = uint32.refine((code) => [0, 301, 302, 303, 307, 308].includes(code), {
  error: 'expected 301, 302, 303, 307 or 308: Envoy refuses other redirects',
});

const redirect = fields({
  supported: {
    uri: z.string().exactOptional(),
    authority: z.string().exactOptional(),
    // 0 says nothing.
    port: z.union([z.literal(0), port]).exactOptional(),
    derivePort: z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']).exactOptional(),
    scheme: z.string().exactOptional(),
    redirectCode: redirectCode.default(301),
    prefixRewrite: z.string().exactOptional(),
  },
});

const directResponse = z.object({
  status: z.int().min(200).max(599),
  body: z
    .object({ string: z.string().exactOptional(), bytes: z.base64().exactOptional() })
    .refine((body) => Object.keys(body).length <= 1, { error: 'expected only one of `string` and `bytes`' })
    .exactOptional(),
});

const rewrite = z.object({
  uri: z.string().exactOptional(),
  authority: z.string().exactOptional(),
  uriRegexRewrite: z.object({ match: z.string(), rewrite: z.string() }).exactOptional(),
});

export type Rewrite = z.infer<typeof rewrite>;

/** `retryOn` is Envoy's list, comma separated: conditions and plain status codes. */
const retries = fields({
  supported: {
    attempts: int32.min(0).exactOptional(),
    perTryTimeout: duration.exactOptional(),
    backoff: duration.exactOptional(),
    retryOn: z.string().exactOptional(),
    retryRemoteLocalities: z.boolean().exactOptional(),
    retryIgnorePreviousHosts: z.boolean().exactOptional(),
  },
});

const share = {
  percentage: percent.exactOptional(),
  percent: z.int().min(0).max(100).exactOptional(),
};

const deprecated = { percent: '`percentage: {value: …}`' };

const delay = fields({
  supported: { fixedDelay: duration.exactOptional(), ...share },
  deprecated,
  unsupported: { exponentialDelay: 'requests are not delayed' },
});

const abort = fields({
  supported: {
    httpStatus: z.int().min(200).max(599).exactOptional(),
    grpcStatus: z.string().exactOptional(),
    ...share,
  },
  deprecated,
  unsupported: { http2Error: 'Istio does not carry it out either: requests are not aborted' },
});

const fault = fields({ supported: { delay: delay.exactOptional(), abort: abort.exactOptional() } });

/** The share of requests that a delay or abort hits, from 0 to 100. Without any percentage Istio hits none. */
export function faultPercentage(injected: z.infer<typeof delay> | z.infer<typeof abort>): number {
  return injected.percentage?.value ?? injected.percent ?? 0;
}

const corsPolicy = fields({
  supported: {
    allowOrigins: z.array(valueMatch).default([]),
    allowOrigin: strings,
    allowMethods: strings,
    allowHeaders: strings,
    exposeHeaders: strings,
    maxAge: duration.exactOptional(),
    allowCredentials: z.boolean().exactOptional(),
    unmatchedPreflights: z.enum(['UNSPECIFIED', 'FORWARD', 'IGNORE']).default('UNSPECIFIED'),
  },
  deprecated: { allowOrigin: '`allowOrigins: [{exact: …}]`' },
});

export type CorsPolicy = z.infer<typeof corsPolicy>;

const percentage = uint32.max(100).exactOptional();
const mirrorPercentage = '`mirrorPercentage: {value: …}`';

/** One rule of a VirtualService's `http`. `timeout` 0 means none. */
export const httpRoute = fields({
  supported: {
    name: z.string().exactOptional(),
    match: z.array(httpMatch).default([]),
    route: z.array(httpRouteDestination).default([]),
    redirect: redirect.exactOptional(),
    directResponse: directResponse.exactOptional(),
    rewrite: rewrite.exactOptional(),
    timeout: durationOrZero.exactOptional(),
    retries: retries.exactOptional(),
    fault: fault.exactOptional(),
    mirror: destination.exactOptional(),
    mirrors: z.array(mirrorPolicy).default([]),
    mirrorPercentage: percent.exactOptional(),
    mirrorPercent: percentage,
    mirror_percent: percentage,
    corsPolicy: corsPolicy.exactOptional(),
    headers: headerOperations.exactOptional(),
    /** The VirtualService whose rules stand in this one's place; its namespace is by default the rule's. */
    delegate: z
      .object({ name: z.string().exactOptional(), namespace: z.string().exactOptional() })
      .exactOptional(),
  },
  deprecated: { mirrorPercent: mirrorPercentage, mirror_percent: mirrorPercentage },
});
