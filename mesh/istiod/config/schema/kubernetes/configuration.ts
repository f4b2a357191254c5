import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ */
export const configMap = fields({
  supported: {
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata,
    data: labels,
    /** Files only: Kubernetes makes no variables of it. */
    binaryData: z.record(z.string(), z.base64()).default({}),
  },
  harmless: { immutable: 'the laptop lets you change it' },
});

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

const noServer = 'there is no API server to present a token to';

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/service-account-v1/ */
export const serviceAccount = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('ServiceAccount'), metadata },
  harmless: {
    automountServiceAccountToken: noServer,
    imagePullSecrets: 'images are not pulled',
    secrets: noServer,
  },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/ */
export const namespace = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Namespace'), metadata },
  harmless: { spec: 'written by the API server', status: 'written by the API server' },
});

const folder = "a claim is a folder in the mesh's own";

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/ */
export const persistentVolumeClaim = fields({
  supported: {
    apiVersion: z.literal('v1'),
    kind: z.literal('PersistentVolumeClaim'),
    metadata,
    spec: fields({
      supported: { volumeMode: z.string().default('Filesystem') },
      unsupportedValues: { volumeMode: { Block: 'there are no block devices; the claim is a folder' } },
      harmless: {
        accessModes: folder,
        resources: 'the folder grows as far as the disk does',
        selector: folder,
        storageClassName: folder,
        volumeAttributesClassName: folder,
        volumeName: folder,
      },
      unsupported: {
        dataSource: 'a claim begins empty',
        dataSourceRef: 'a claim begins empty',
      },
    }),
  },
  harmless: { status: 'written by the API server' },
});
