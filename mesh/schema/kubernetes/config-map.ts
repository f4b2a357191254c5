import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels } from '#mesh/schema/scalars.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ */
export const configMap = fields({
  supported: {
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata,
    data: labels,
  },
  harmless: { immutable: 'the laptop lets you change it' },
  unsupported: { binaryData: 'binary values do not become variables' },
});
