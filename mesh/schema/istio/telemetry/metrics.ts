import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { providers, workloadMode } from '#mesh/schema/istio/telemetry/provider.ts';

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
  shapes: { customMetric: z.string().min(1) },
});

const tagOverride = z
  .strictObject({
    operation: z.enum(['UPSERT', 'REMOVE']).default('UPSERT'),
    /** A CEL expression over Envoy's attributes: `request.method`. */
    value: z.string().min(1).exactOptional(),
  })
  .refine(({ operation, value }) => operation === 'REMOVE' || value !== undefined, {
    error: 'expected a `value` for the tag, such as `request.method`, or `operation: REMOVE`',
  });

const override = z.strictObject({
  match: match.default({ metric: 'ALL_METRICS', mode: 'CLIENT_AND_SERVER' }),
  disabled: z.boolean().exactOptional(),
  tagOverrides: z.record(z.string(), tagOverride).default({}),
});

export const metrics = fields({
  supported: { providers, overrides: z.array(override).default([]) },
  harmless: { reportingInterval: 'the laptop counts a TCP connection when it ends' },
  shapes: { reportingInterval: z.string() },
});
