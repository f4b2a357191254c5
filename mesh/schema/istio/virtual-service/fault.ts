import { z } from 'zod';
import { duration } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { percent } from '#mesh/schema/scalars.ts';

const share = {
  percentage: percent.exactOptional(),
  percent: z.int().min(0).max(100).exactOptional(),
};

const deprecated = { percent: '`percentage: {value: …}`' };

const delay = fields({
  supported: { fixedDelay: duration.exactOptional(), ...share },
  deprecated,
  unsupported: { exponentialDelay: 'requests are not delayed' },
  shapes: { exponentialDelay: duration },
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

export const fault = fields({ supported: { delay: delay.exactOptional(), abort: abort.exactOptional() } });

/** The share of requests that a delay or abort hits, from 0 to 100. Without any percentage Istio hits none. */
export function faultPercentage(injected: z.infer<typeof delay> | z.infer<typeof abort>): number {
  return injected.percentage?.value ?? injected.percent ?? 0;
}

export type Fault = z.infer<typeof fault>;
