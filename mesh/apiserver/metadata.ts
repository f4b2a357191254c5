import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ApiError, badRequest, conflict, modifiedMeanwhile } from '#mesh/apiserver/api-error.ts';
import {
  type DraftObject,
  type KubernetesObject,
  type ObjectMeta,
  timestamp,
} from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';

/** Without vowels and look-alikes, as Kubernetes' own random names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const longestGeneratedBase = 58;

export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The metadata of a new object; the store adds its version. */
export function newMetadata(
  draft: DraftObject,
  type: ResourceType,
  { namespace, now }: NewObject,
): ObjectMeta {
  const { metadata } = draft;
  if (metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, namespace: ___, ...rest } = metadata;
  return {
    ...rest,
    name: metadata.name || generatedName(metadata.generateName),
    ...(type.namespaced && namespace !== undefined && { namespace }),
    uid: randomUUID(),
    resourceVersion: '',
    ...(hasGeneration(type) && { generation: 1 }),
    creationTimestamp: timestamp(now),
  };
}

export interface NewObject {
  readonly namespace: string | undefined;
  readonly now: Date;
}

function generatedName(base: string | undefined): string {
  return base ? `${base.slice(0, longestGeneratedBase)}${randomSuffix()}` : '';
}

/** Those of Kubernetes' own kinds whose objects have no generation, as its 1.33 shows them. */
const withoutGeneration: ReadonlySet<string> = new Set([
  ...['componentstatuses', 'configmaps', 'endpoints', 'events', 'limitranges', 'namespaces', 'nodes'],
  ...[
    'persistentvolumeclaims',
    'persistentvolumes',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  ...['apiservices.apiregistration.k8s.io', 'controllerrevisions.apps'],
  ...['horizontalpodautoscalers.autoscaling', 'certificatesigningrequests.certificates.k8s.io'],
  ...['leases.coordination.k8s.io', 'ipaddresses.networking.k8s.io', 'servicecidrs.networking.k8s.io'],
  'runtimeclasses.node.k8s.io',
  ...['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'].map(
    (plural) => `${plural}.rbac.authorization.k8s.io`,
  ),
  ...['csidrivers', 'csinodes', 'csistoragecapacities', 'storageclasses', 'volumeattachments'].map(
    (plural) => `${plural}.storage.k8s.io`,
  ),
]);

function hasGeneration(type: ResourceType): boolean {
  return !withoutGeneration.has(resourceKey(type));
}

/**
 * The object as an update leaves it: what belongs to the server stays, and either the status or all the rest changes.
 *
 * @throws ApiError 409 when it was changed since it was read
 */
export function updatedObject(
  next: DraftObject,
  before: KubernetesObject,
  { type, subresource }: { readonly type: ResourceType; readonly subresource?: string | undefined },
): KubernetesObject {
  const { name, uid, resourceVersion } = before.metadata;
  checkUnchanged(next, before, type);
  checkNamespace(next, type, before.metadata.namespace);
  if (next.metadata.name !== undefined && next.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  const merged =
    subresource === 'status'
      ? { ...before, status: next['status'], metadata: statusMetadata(next, before) }
      : { ...next, ...(type.subresources.includes('status') && { status: before['status'] }) };
  const { deletionTimestamp, deletionGracePeriodSeconds, creationTimestamp, generation } = before.metadata;
  const own = {
    ...{ name, uid, resourceVersion, creationTimestamp },
    ...(before.metadata.namespace !== undefined && { namespace: before.metadata.namespace }),
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
  const { status, ...rest } = merged;
  return {
    ...rest,
    apiVersion: before.apiVersion,
    kind: before.kind,
    ...(status !== undefined && { status }),
    metadata: { ...withoutServerFields(merged.metadata), ...own },
  } as KubernetesObject;
}

/** The object, with its defaults, in the next generation when its spec has changed. */
export function inGeneration(
  object: KubernetesObject,
  before: KubernetesObject,
  subresource: string | undefined,
): KubernetesObject {
  const { generation } = before.metadata;
  return generation !== undefined && subresource !== 'status' && specChanged(before, object)
    ? { ...object, metadata: { ...object.metadata, generation: generation + 1 } }
    : object;
}

function checkUnchanged(next: DraftObject, before: KubernetesObject, type: ResourceType): void {
  const { name, uid, resourceVersion } = before.metadata;
  if (next.metadata.resourceVersion && next.metadata.resourceVersion !== resourceVersion) {
    throw conflict(type, name, modifiedMeanwhile);
  }
  if (next.metadata.uid && next.metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${next.metadata.uid}, UID in object meta: ${uid}`;
    throw conflict(type, name, why);
  }
}

function statusMetadata(next: DraftObject, before: KubernetesObject): Partial<ObjectMeta> {
  const { managedFields } = next.metadata;
  return { ...before.metadata, ...(managedFields && { managedFields }) };
}

function withoutServerFields(metadata: Partial<ObjectMeta>): Partial<ObjectMeta> {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, generation: ___, ...rest } = metadata;
  return rest;
}

/** Whether anything but metadata and status differs. */
function specChanged(before: KubernetesObject, after: KubernetesObject): boolean {
  const spec = ({ metadata: _, status: __, ...rest }: KubernetesObject) => rest;
  return !isDeepStrictEqual(spec(before), spec(after));
}

/** Whether two states of an object are the same, whatever the order of their keys, their writers and times. */
export function isSame(before: KubernetesObject, after: KubernetesObject): boolean {
  const plain = (object: KubernetesObject) => {
    const { resourceVersion: _, managedFields, ...metadata } = object.metadata;
    const managers = managedFields?.map(({ time: __, ...entry }) => entry) ?? [];
    return { ...object, metadata: { ...metadata, managers } };
  };
  return isDeepStrictEqual(plain(before), plain(after));
}

/** @throws ApiError 400 */
export function checkNamespace(draft: DraftObject, type: ResourceType, namespace: string | undefined): void {
  const own = draft.metadata.namespace;
  if (type.namespaced && own !== undefined && own !== '' && own !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${own} and ${namespace})`,
    );
  }
}

/** @throws ApiError 400, when the object is of another kind than the path says */
export function checkKind(draft: DraftObject, type: ResourceType, apiVersion: string): void {
  if (draft.kind !== type.kind || draft.apiVersion !== apiVersion) {
    throw new ApiError({
      code: 400,
      reason: 'BadRequest',
      message: `${draft.kind} in version ${JSON.stringify(draft.apiVersion)} cannot be handled as a ${type.kind} in version ${JSON.stringify(apiVersion)}`,
    });
  }
}
