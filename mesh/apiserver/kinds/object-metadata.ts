import { foregroundFinalizer, orphanFinalizer } from '#mesh/apiserver/deletion.ts';
import type { Field } from '#mesh/apiserver/kinds/field.ts';
import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelValue,
  type NameCheck,
  pathSegment,
  qualifiedName,
} from '#mesh/apiserver/kinds/names.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';

const annotationsLimit = 256 * 1024;

/** Kinds whose names are something else than a DNS subdomain. */
const nameChecks: ReadonlyMap<string, NameCheck> = new Map<string, NameCheck>([
  ['services', dns1035Label],
  ['namespaces', dnsLabel],
  ['roles.rbac.authorization.k8s.io', pathSegment],
  ['clusterroles.rbac.authorization.k8s.io', pathSegment],
  ['rolebindings.rbac.authorization.k8s.io', pathSegment],
  ['clusterrolebindings.rbac.authorization.k8s.io', pathSegment],
  ['certificatesigningrequests.certificates.k8s.io', pathSegment],
  // Their names are addresses, which IPv6 writes with colons.
  ['ipaddresses.networking.k8s.io', pathSegment],
]);

/** What every object's metadata must be like. */
export function checkMetadata(
  metadata: Field,
  type: ResourceType,
  before: KubernetesObject | undefined,
): void {
  const check = nameChecks.get(resourceKey(type)) ?? dnsSubdomain;
  checkName(metadata, check);
  if (type.namespaced) metadata.at('namespace').named(dnsLabel);
  else if (!metadata.at('namespace').isEmpty) metadata.at('namespace').forbidden('not allowed on this type');
  checkLabels(metadata.at('labels'));
  checkAnnotations(metadata.at('annotations'));
  checkOwners(metadata.at('ownerReferences'));
  checkFinalizers(metadata.at('finalizers'), before);
  if (isKubernetes(type)) checkQualified(metadata.at('finalizers'));
}

function checkName(metadata: Field, check: NameCheck): void {
  const prefix = metadata.at('generateName');
  // What follows may end a name as it must not be ended here.
  if (!prefix.isEmpty) prefix.refuse(check(prefix.text.replace(/-$/, 'a')));
  const name = metadata.at('name');
  if (name.isEmpty) name.required('name or generateName is required');
  else name.refuse(check(name.text));
}

export function checkLabels(labels: Field): void {
  for (const key of labels.keys) {
    labels.refuse(qualifiedName(key), key);
    labels.refuse(labelValue(labels.key(key).text), labels.key(key).text);
  }
}

export function checkAnnotations(annotations: Field): void {
  let size = 0;
  for (const key of annotations.keys) {
    annotations.refuse(qualifiedName(key.toLowerCase()), key);
    size += Buffer.byteLength(key) + Buffer.byteLength(annotations.key(key).text);
  }
  if (size > annotationsLimit) annotations.tooLong(annotationsLimit);
}

function checkOwners(owners: Field): void {
  let controller: string | undefined;
  for (const owner of owners.elements) {
    if (owner.at('apiVersion').isEmpty) owner.at('apiVersion').invalid('version must not be empty', '');
    for (const part of ['kind', 'name', 'uid']) {
      if (owner.at(part).isEmpty) owner.at(part).invalid('must not be empty', '');
    }
    if (owner.at('controller').value !== true) continue;
    const name = `${owner.at('kind').text}/${owner.at('name').text}`;
    if (controller !== undefined) {
      owners.invalid(
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      );
    }
    controller ??= name;
  }
}

/** Kubernetes' own kinds; the groups of definitions are domains. */
function isKubernetes({ group }: ResourceType): boolean {
  return !group.includes('.') || (group.endsWith('.k8s.io') && !group.startsWith('gateway.'));
}

/** Others may want a name without a domain, so it must be one that everybody knows. */
function checkQualified(finalizers: Field): void {
  for (const finalizer of finalizers.elements) {
    const { text } = finalizer;
    if (text.includes('/') || ['kubernetes', orphanFinalizer, foregroundFinalizer].includes(text)) continue;
    finalizer.invalid('name is neither a standard finalizer name nor is it fully qualified');
  }
}

function checkFinalizers(finalizers: Field, before: KubernetesObject | undefined): void {
  const names = finalizers.strings;
  for (const name of names) finalizers.refuse(qualifiedName(name), name);
  if (names.includes(orphanFinalizer) && names.includes(foregroundFinalizer)) {
    finalizers.invalid(`finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`);
  }
  if (before?.metadata.deletionTimestamp === undefined) return;
  const added = names.filter((name) => before.metadata.finalizers?.includes(name) !== true);
  if (added.length === 0) return;
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  finalizers.forbidden(
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
  );
}
