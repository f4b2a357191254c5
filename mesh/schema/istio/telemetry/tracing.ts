import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { providers, workloadMode } from '#mesh/schema/istio/telemetry/provider.ts';

const named = { name: z.string().min(1), defaultValue: z.string().default('') };

const customTag = z
  .strictObject({
    literal: z.strictObject({ value: z.string().min(1) }).exactOptional(),
    header: z.strictObject(named).exactOptional(),
    /** Of the proxy's own environment, which is empty on a laptop: its default value is what counts. */
    environment: z.strictObject(named).exactOptional(),
    /** A command operator of Envoy's access log, such as `%RESPONSE_FLAGS%`. */
    formatter: z.strictObject({ value: z.string().min(1) }).exactOptional(),
  })
  .refine((tag) => Object.keys(tag).length === 1, {
    error: 'expected one of `literal`, `header`, `environment` and `formatter`',
  });

export const tracing = fields({
  supported: {
    match: z.strictObject({ mode: workloadMode }).default({ mode: 'CLIENT_AND_SERVER' }),
    providers,
    randomSamplingPercentage: z.number().min(0).max(100).exactOptional(),
    disableSpanReporting: z.boolean().exactOptional(),
    customTags: z.record(z.string(), customTag).exactOptional(),
    enableIstioTags: z.boolean().exactOptional(),
  },
  unsupported: {
    useRequestIdForTraceSampling: 'the request id always carries the decision whether to sample',
    disableContextPropagation: 'the headers of a trace are always passed on',
  },
  shapes: { useRequestIdForTraceSampling: z.boolean(), disableContextPropagation: z.boolean() },
});
