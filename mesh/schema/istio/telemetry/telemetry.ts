import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { telemetryVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { accessLogging } from '#mesh/schema/istio/telemetry/access-logging.ts';
import { metrics } from '#mesh/schema/istio/telemetry/metrics.ts';
import { tracing } from '#mesh/schema/istio/telemetry/tracing.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels } from '#mesh/schema/scalars.ts';

const noGatewayApi = 'the laptop has no waypoints and no Gateway API; use `selector`';
const targetRef = z.strictObject({
  group: z.string().optional(),
  kind: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().optional(),
});

/** https://istio.io/latest/docs/reference/config/telemetry/ */
export const telemetry = fields({
  supported: {
    apiVersion: telemetryVersion,
    kind: z.literal('Telemetry'),
    metadata,
    spec: fields({
      supported: {
        selector: z.strictObject({ matchLabels: labels }).exactOptional(),
        tracing: z.array(tracing).default([]),
        accessLogging: z.array(accessLogging).default([]),
        metrics: z.array(metrics).default([]),
      },
      unsupported: { targetRef: noGatewayApi, targetRefs: noGatewayApi },
      shapes: { targetRef, targetRefs: z.array(targetRef) },
    }).default({ tracing: [], accessLogging: [], metrics: [] }),
  },
  harmless: writtenByIstio,
});
