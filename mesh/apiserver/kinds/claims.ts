import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { dnsSubdomain } from '#mesh/apiserver/kinds/names.ts';
import { quantityOf } from '#mesh/apiserver/kinds/quantity.ts';
import { isObject } from '#mesh/apiserver/object.ts';

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export const persistentVolumeClaims: FieldRules = {
  check(claim, before) {
    checkClaim(claim.at('spec'));
    if (before) checkUpdate(claim, before);
  },
};

export const persistentVolumes: FieldRules = {
  check(volume) {
    const spec = volume.at('spec');
    checkModes(spec);
    const capacity = spec.at('capacity');
    if (capacity.keys.length === 0) capacity.required();
    else if (!capacity.key('storage').isSet) capacity.unsupported(['storage']);
    else checkSize(capacity.key('storage'));
    spec.at('storageClassName').whenNamed(dnsSubdomain);
    spec.at('persistentVolumeReclaimPolicy').oneOf(['Delete', 'Recycle', 'Retain']);
    const [first, ...more] = spec.keys.filter((name) => !notSources.has(name) && spec.at(name).isSet);
    if (first === undefined) spec.required('must specify a volume type');
    for (const name of more) spec.at(name).forbidden('may not specify more than 1 volume type');
  },
};

/** Fields of a PersistentVolume that do not say where it is. */
const notSources = new Set([
  ...['accessModes', 'capacity', 'claimRef', 'mountOptions', 'nodeAffinity', 'persistentVolumeReclaimPolicy'],
  ...['storageClassName', 'volumeAttributesClassName', 'volumeMode'],
]);

export const storageClasses: FieldRules = {
  check(object, before) {
    if (!before) return;
    for (const name of ['parameters', 'provisioner', 'reclaimPolicy']) {
      if (!isDeepStrictEqual(object.at(name).value ?? {}, before.at(name).value ?? {}))
        object.at(name).forbidden(`updates to ${name} are forbidden.`);
    }
    const mode = object.at('volumeBindingMode');
    if (mode.text !== before.at('volumeBindingMode').text) mode.invalid('field is immutable');
  },
};

export function checkClaim(spec: Field): void {
  checkModes(spec);
  checkLabelSelector(spec.at('selector'));
  const storage = spec.at('resources', 'requests').key('storage');
  // Kubernetes leaves a part of the path out.
  const shown = spec.at('resources').key('storage');
  if (!storage.isSet) shown.required();
  else checkSize(storage, shown);
  spec.at('storageClassName').whenNamed(dnsSubdomain);
  spec.at('volumeMode').oneOf(['Block', 'Filesystem']);
}

function checkModes(spec: Field): void {
  const given = spec.at('accessModes');
  if (given.isEmpty) given.required('at least 1 access mode is required');
  for (const { text } of given.elements) {
    if (!modes.includes(text)) given.unsupported(modes, text);
  }
  const names = new Set(given.strings);
  if (names.has('ReadWriteOncePod') && names.size > 1)
    given.forbidden('may not use ReadWriteOncePod with other access modes');
}

function checkSize(size: Field, shown = size): void {
  const quantity = quantityOf(size.value);
  if (quantity !== undefined && quantity <= 0n) shown.invalid('must be greater than zero', size.value);
}

/** A claim that exists may be bound, and grow when it is. */
function checkUpdate(claim: Field, before: Field): void {
  const bound = claim.at('status', 'phase').text === 'Bound';
  if (!isDeepStrictEqual(fixedPart(claim, bound), fixedPart(before, bound, claim))) {
    claim
      .at('spec')
      .forbidden(
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      );
  }
  const size = (field: Field) => quantityOf(field.at('spec', 'resources', 'requests', 'storage').value) ?? 0n;
  if (size(claim) < size(before))
    claim
      .at('spec', 'resources', 'requests', 'storage')
      .forbidden('field can not be less than status.capacity');
}

function fixedPart(claim: Field, bound: boolean, later: Field = claim): unknown {
  const { value } = claim.at('spec');
  const { volumeAttributesClassName, resources, volumeName, ...spec } = isObject(value) ? value : {};
  return {
    ...spec,
    // The first binding fills it in.
    volumeName: volumeName || later.at('spec', 'volumeName').text,
    ...(bound ? {} : { resources, volumeAttributesClassName }),
  };
}
