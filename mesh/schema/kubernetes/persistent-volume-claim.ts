import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { labelSelector } from '#mesh/schema/kubernetes/label-selector.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { quantity } from '#mesh/schema/scalars.ts';

const folder = "a claim is a folder in the mesh's own";

const modes = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/ */
export const persistentVolumeClaim = fields({
  supported: {
    apiVersion: z.literal('v1'),
    kind: z.literal('PersistentVolumeClaim'),
    metadata,
    spec: fields({
      supported: {},
      harmless: {
        accessModes: folder,
        resources: 'the folder grows as far as the disk does',
        selector: folder,
        storageClassName: folder,
        volumeAttributesClassName: folder,
        volumeMode: folder,
        volumeName: folder,
      },
      unsupported: {
        dataSource: 'a claim begins empty',
        dataSourceRef: 'a claim begins empty',
      },
      shapes: {
        accessModes: z.array(z.enum(modes)).min(1),
        resources: z.strictObject({
          requests: z.strictObject({ storage: quantity }),
          limits: z.strictObject({ storage: quantity }).optional(),
        }),
        selector: labelSelector,
        storageClassName: z.string(),
        volumeMode: z.literal('Filesystem', { error: 'expected `Filesystem`: there are no block devices' }),
        volumeName: z.string(),
      },
    }),
  },
  harmless: { status: 'written by the API server' },
});
