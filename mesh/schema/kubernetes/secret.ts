import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels } from '#mesh/schema/scalars.ts';

const base64 = z.record(
  z.string(),
  z.base64({ error: 'expected base64; plain text belongs under `stringData`' }),
);

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
export const secret = fields({
  supported: {
    apiVersion: z.literal('v1'),
    kind: z.literal('Secret'),
    metadata,
    type: z.string().default('Opaque'),
    /** Still base64; `stringData` wins over it, as in Kubernetes. */
    data: base64.default({}),
    stringData: labels,
  },
  harmless: { immutable: 'the laptop lets you change it' },
});
