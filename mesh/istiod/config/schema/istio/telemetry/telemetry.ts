import { z } from 'zod';
import { fields } from '#mesh/istiod/config/schema/fields.ts';
import { telemetryVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { targets, workloadSelector } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

/** Names of the mesh's extension providers; only the first one is used, as in Istio. */
const providers = z.array(z.object({ name: z.string().min(1) })).default([]);

/** Which side of its requests a workload reports: those it makes, or those it answers. */
const workloadMode = z.enum(['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']).default('CLIENT_AND_SERVER');

const named = { name: z.string().min(1), defaultValue: z.string().default('') };

const customTag = z
  .object({
    literal: z.object({ value: z.string().min(1) }).exactOptional(),
    header: z.object(named).exactOptional(),
    /** Of the proxy's own environment, which is empty on a laptop: its default value is what counts. */
    environment: z.object(named).exactOptional(),
    /** A command operator of Envoy's access log, such as `%RESPONSE_FLAGS%`. */
    formatter: z.object({ value: z.string().min(1) }).exactOptional(),
  })
  .refine((tag) => Object.keys(tag).length <= 1, {
    error: 'expected one of `literal`, `header`, `environment` and `formatter`',
  });

const tracing = fields({
  supported: {
    match: z.object({ mode: workloadMode }).default({ mode: 'CLIENT_AND_SERVER' }),
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
});

const accessLogging = z.object({
  match: z.object({ mode: workloadMode }).default({ mode: 'CLIENT_AND_SERVER' }),
  providers,
  disabled: z.boolean().exactOptional(),
  /** A CEL expression over Envoy's attributes: `response.code >= 400`. */
  filter: z.object({ expression: z.string().min(1) }).exactOptional(),
});

const grpcMessages = 'the messages of gRPC streams are not counted on the laptop';

const match = fields({
  supported: {
    metric: z
      .enum([
        ...(['ALL_METRICS', 'REQUEST_COUNT', 'REQUEST_DURATION', 'REQUEST_SIZE', 'RESPONSE_SIZE'] as const),
        ...(['TCP_OPENED_CONNECTIONS', 'TCP_CLOSED_CONNECTIONS', 'TCP_SENT_BYTES'] as const),
        ...(['TCP_RECEIVED_BYTES', 'GRPC_REQUEST_MESSAGES', 'GRPC_RESPONSE_MESSAGES'] as const),
      ])
      .default('ALL_METRICS'),
    mode: workloadMode,
  },
  unsupportedValues: {
    metric: { GRPC_REQUEST_MESSAGES: grpcMessages, GRPC_RESPONSE_MESSAGES: grpcMessages },
  },
  unsupported: { customMetric: "the laptop has Istio's standard metrics only" },
});

const tagOverride = z
  .object({
    operation: z.enum(['UPSERT', 'REMOVE']).default('UPSERT'),
    /** A CEL expression over Envoy's attributes: `request.method`. */
    value: z.string().min(1).exactOptional(),
  })
  .refine(({ operation, value }) => operation === 'REMOVE' || value !== undefined, {
    error: 'expected a `value` for the tag, such as `request.method`, or `operation: REMOVE`',
  });

const override = z.object({
  match: match.default({ metric: 'ALL_METRICS', mode: 'CLIENT_AND_SERVER' }),
  disabled: z.boolean().exactOptional(),
  tagOverrides: z.record(z.string(), tagOverride).default({}),
});

const metrics = fields({
  supported: { providers, overrides: z.array(override).default([]) },
  harmless: { reportingInterval: 'the laptop counts a TCP connection when it ends' },
});

/** https://istio.io/latest/docs/reference/config/telemetry/ */
export const telemetry = fields({
  supported: {
    apiVersion: telemetryVersion,
    kind: z.literal('Telemetry'),
    metadata,
    spec: fields({
      supported: {
        selector: workloadSelector.exactOptional(),
        ...targets,
        tracing: z.array(tracing).default([]),
        accessLogging: z.array(accessLogging).default([]),
        metrics: z.array(metrics).default([]),
      },
    }).default({ tracing: [], accessLogging: [], metrics: [] }),
  },
  harmless: writtenByIstio,
});
