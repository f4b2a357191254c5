import { z } from 'zod';
import { fields } from '#mesh/istiod/config/schema/fields.ts';
import { writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { workloadSelector } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const spec = fields({
  supported: {
    selector: workloadSelector.exactOptional(),
    environmentVariables: z.record(z.string(), z.string()).default({}),
  },
  harmless: {
    concurrency: 'every Envoy of the laptop has one worker',
    image: 'every Envoy of the laptop is the same program',
  },
});

/** https://istio.io/latest/docs/reference/config/networking/proxy-config/ */
export const proxyConfig = fields({
  supported: {
    apiVersion: z.enum(['networking.istio.io/v1beta1']),
    kind: z.literal('ProxyConfig'),
    metadata,
    spec: spec.default({ environmentVariables: {} }),
  },
  harmless: writtenByIstio,
});
