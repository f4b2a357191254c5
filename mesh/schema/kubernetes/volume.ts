import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';

const notMounted = 'it is not mounted on the laptop';

/** Volumes: an emptyDir is the laptop's own file system; what would bring files into the pod is not carried out. */
export const volume = fields({
  supported: { name: z.string() },
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
      'persistentVolumeClaim',
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
