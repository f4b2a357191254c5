import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type Cell,
  type CellsOfKinds,
  count,
  fieldAt,
  flag,
  listAt,
  none,
  text,
  textAt,
  unset,
} from '#mesh/apiserver/table/cell.ts';

const shortModes: ReadonlyMap<string, string> = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]);

/** `RWO,ROX`, in the order in which Kubernetes names them. */
function accessModes(object: KubernetesObject, ...path: readonly string[]): string {
  const modes = new Set(listAt(object, ...path).map(String));
  return [...shortModes].flatMap(([mode, short]) => (modes.has(mode) ? [short] : [])).join(',');
}

const phase: Cell = (object) =>
  object.metadata.deletionTimestamp === undefined ? textAt(object, 'status', 'phase') : 'Terminating';
/** The annotation is older than the field. */
const storageClass: Cell = ({ metadata, ...object }) =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
  textAt(object, 'spec', 'storageClassName');
const isBound = (claim: KubernetesObject) => textAt(claim, 'spec', 'volumeName') !== '';

export const volumes: CellsOfKinds = {
  persistentvolumes: {
    Capacity: text('spec.capacity.storage', '0'),
    'Access Modes': (volume) => accessModes(volume, 'spec', 'accessModes'),
    'Reclaim Policy': text('spec.persistentVolumeReclaimPolicy'),
    Status: phase,
    Claim: (volume) => {
      const claim = fieldAt(volume, 'spec', 'claimRef');
      return claim === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`;
    },
    StorageClass: storageClass,
    VolumeAttributesClass: text('spec.volumeAttributesClassName', unset),
    Reason: text('status.reason'),
    VolumeMode: text('spec.volumeMode', unset),
  },
  persistentvolumeclaims: {
    Status: phase,
    Volume: text('spec.volumeName'),
    Capacity: (claim) => (isBound(claim) ? textAt(claim, 'status', 'capacity', 'storage') || '0' : ''),
    'Access Modes': (claim) => (isBound(claim) ? accessModes(claim, 'status', 'accessModes') : ''),
    StorageClass: storageClass,
    VolumeAttributesClass: text('spec.volumeAttributesClassName', unset),
    VolumeMode: text('spec.volumeMode', unset),
  },
  'storageclasses.storage.k8s.io': {
    Name: ({ metadata }) => {
      const isDefault = metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
      return isDefault ? `${metadata.name} (default)` : metadata.name;
    },
    Provisioner: text('provisioner'),
    ReclaimPolicy: text('reclaimPolicy', 'Delete'),
    VolumeBindingMode: text('volumeBindingMode', 'Immediate'),
    AllowVolumeExpansion: flag('allowVolumeExpansion'),
  },
  'csidrivers.storage.k8s.io': {
    AttachRequired: flag('spec.attachRequired', true),
    PodInfoOnMount: flag('spec.podInfoOnMount'),
    StorageCapacity: flag('spec.storageCapacity'),
    TokenRequests: (driver) => {
      if (fieldAt(driver, 'spec', 'tokenRequests') === undefined) return unset;
      return listAt(driver, 'spec', 'tokenRequests')
        .map((request) => textAt(request, 'audience'))
        .join(',');
    },
    RequiresRepublish: flag('spec.requiresRepublish'),
    Modes: (driver) => listAt(driver, 'spec', 'volumeLifecycleModes').join(',') || none,
  },
  'csinodes.storage.k8s.io': { Drivers: count('spec.drivers') },
  'csistoragecapacities.storage.k8s.io': {
    StorageClassName: text('storageClassName'),
    Capacity: text('capacity', unset),
  },
  'volumeattachments.storage.k8s.io': {
    Attacher: text('spec.attacher'),
    PV: text('spec.source.persistentVolumeName'),
    Node: text('spec.nodeName'),
    Attached: flag('status.attached'),
  },
  'volumeattributesclasses.storage.k8s.io': { DriverName: text('driverName') },
};
