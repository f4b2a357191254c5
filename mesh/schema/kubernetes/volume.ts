import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';

const notMounted = 'it is not mounted on the laptop';

const claim = fields({
  supported: { claimName: z.string().min(1) },
  harmless: { readOnly: 'nothing keeps a process from writing' },
  shapes: { readOnly: z.boolean() },
});

/** Volumes: a claim is a folder of the mesh, an emptyDir the laptop's own file system; what would bring files into the pod is not carried out. */
export const volume = fields({
  supported: { name: z.string(), persistentVolumeClaim: claim.exactOptional() },
  harmless: {
    emptyDir: "the program sees the laptop's own file system",
    downwardAPI: notMounted,
  },
  unsupported: Object.fromEntries(
    [
      'awsElasticBlockStore',
      'azureDisk',
      'azureFile',
      'cephfs',
      'cinder',
      'configMap',
      'csi',
      'ephemeral',
      'fc',
      'flexVolume',
      'flocker',
      'gcePersistentDisk',
      'gitRepo',
      'glusterfs',
      'hostPath',
      'image',
      'iscsi',
      'nfs',
      'photonPersistentDisk',
      'portworxVolume',
      'projected',
      'quobyte',
      'rbd',
      'scaleIO',
      'secret',
      'storageos',
      'vsphereVolume',
    ].map((name) => [name, notMounted]),
  ),
});
