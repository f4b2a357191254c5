import { z } from 'zod';
import { durationOrZero } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { corsPolicy } from '#mesh/schema/istio/virtual-service/cors-policy.ts';
import {
  destination,
  httpRouteDestination,
  mirrorPolicy,
} from '#mesh/schema/istio/virtual-service/destination.ts';
import { fault } from '#mesh/schema/istio/virtual-service/fault.ts';
import { headerOperations } from '#mesh/schema/istio/virtual-service/header-operations.ts';
import { httpMatch } from '#mesh/schema/istio/virtual-service/match.ts';
import { directResponse, redirect, rewrite } from '#mesh/schema/istio/virtual-service/redirect.ts';
import { retries } from '#mesh/schema/istio/virtual-service/retries.ts';
import { percent, uint32 } from '#mesh/schema/scalars.ts';

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
  },
  deprecated: { mirrorPercent: mirrorPercentage, mirror_percent: mirrorPercentage },
  unsupported: {
    delegate: 'the rules of the VirtualService that it names do not apply, so the rule answers 404',
  },
  shapes: { delegate: z.strictObject({ name: z.string().optional(), namespace: z.string().optional() }) },
});

export type HttpRoute = z.infer<typeof httpRoute>;
