import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { trafficPolicy } from '#mesh/schema/istio/destination-rule/traffic-policy.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels, strings } from '#mesh/schema/scalars.ts';

const subset = z.strictObject({
  name: z.string().min(1),
  labels,
  trafficPolicy: trafficPolicy.exactOptional(),
});

const spec = fields({
  supported: {
    host: z.string().min(1),
    trafficPolicy: trafficPolicy.exactOptional(),
    subsets: z.array(subset).default([]),
  },
  unsupported: {
    exportTo: 'the rule applies in every namespace',
    workloadSelector: 'the rule applies to all workloads',
  },
  shapes: { exportTo: strings, workloadSelector: z.strictObject({ matchLabels: labels }) },
});

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRule = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('DestinationRule'), metadata, spec },
  harmless: writtenByIstio,
});
