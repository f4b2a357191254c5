import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { configKey, dnsSubdomain, qualifiedName, variableName } from '#mesh/apiserver/kinds/names.ts';
import { quantityOf } from '#mesh/apiserver/kinds/quantity.ts';

const podFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

/** A container's variables. A name may come twice: the last one counts. */
export function checkEnv(env: Field): void {
  for (const variable of env.elements) {
    variable.at('name').named(variableName);
    if (variable.at('valueFrom').isSet) checkValueFrom(variable);
  }
}

function checkValueFrom(variable: Field): void {
  const from = variable.at('valueFrom');
  const given = sources.filter((source) => from.at(source).isSet);
  if (from.at('fieldRef').isSet) checkFieldRef(from.at('fieldRef'), podFields);
  if (from.at('resourceFieldRef').isSet) checkResourceRef(from.at('resourceFieldRef'), false);
  for (const source of ['configMapKeyRef', 'secretKeyRef']) {
    if (!from.at(source).isSet) continue;
    from.at(source, 'name').whenNamed(dnsSubdomain);
    from.at(source, 'key').named(configKey);
  }
  if (given.length === 0) {
    from.invalid(
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      '',
    );
  } else if (!variable.at('value').isEmpty) {
    from.invalid('may not be specified when `value` is not empty', '');
  } else if (given.length > 1) {
    from.invalid('may not have more than one field specified at a time', '');
  }
}

/** `metadata.labels['app']` and the like. */
function checkFieldRef(ref: Field, supported: readonly string[]): void {
  const path = ref.at('fieldPath');
  if (path.isEmpty) {
    path.required();
    return;
  }
  const [, base = '', key] = /^(.*)\['(.*)'\]$/.exec(path.text) ?? [];
  if (key === undefined) {
    if (![...podFields, ...volumeFields].includes(path.text))
      path.invalid(`error converting fieldPath: field label not supported: ${path.text}`);
    else if (!supported.includes(path.text)) path.unsupported(supported);
  } else if (base === 'metadata.labels') ref.refuse(qualifiedName(key), key);
  else if (base === 'metadata.annotations') ref.refuse(qualifiedName(key.toLowerCase()), key.toLowerCase());
  else ref.invalid('does not support subscript', base);
}

function checkResourceRef(ref: Field, volume: boolean): void {
  const resource = ref.at('resource');
  if (volume && ref.at('containerName').isEmpty) ref.at('containerName').required();
  else if (resource.isEmpty) resource.required();
  else if (!resources.includes(resource.text) && !/^(requests|limits)\.hugepages-/.test(resource.text)) {
    resource.unsupported(resources);
  }
  const divisor = ref.at('divisor');
  if (divisor.isEmpty || (quantityOf(divisor.value) ?? 0n) >= 0n) return;
  divisor.invalid('must be greater than or equal to 0');
}

export function checkEnvFrom(envFrom: Field): void {
  for (const source of envFrom.elements) {
    source.at('prefix').whenNamed(variableName);
    const given = ['configMapRef', 'secretRef'].filter((name) => source.at(name).isSet);
    for (const name of given) source.at(name, 'name').named(dnsSubdomain);
    if (given.length === 0) envFrom.invalid('must specify one of: `configMapRef` or `secretRef`', '');
    if (given.length > 1) envFrom.invalid('may not have more than one field specified at a time', '');
  }
}

/** One file of a volume of the pod's own fields. */
export function checkDownwardFile(file: Field): void {
  const [field, resource] = [file.at('fieldRef'), file.at('resourceFieldRef')];
  if (field.isSet) {
    checkFieldRef(field, volumeFields);
    if (resource.isSet)
      resource.invalid('fieldRef and resourceFieldRef can not be specified simultaneously', 'resource');
  } else if (resource.isSet) checkResourceRef(resource, true);
  else file.required('one of fieldRef and resourceFieldRef is required');
}
