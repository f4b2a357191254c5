import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { fieldPath } from '#mesh/istiod/config/schema/field-path.ts';
import { isSupportedKind } from '#mesh/istiod/config/schema/kinds.ts';
import { readResource } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { gatewayName, movedPortSuffix } from '#mesh/istiod/model/gateway.ts';
import { once } from '#mesh/once.ts';

/** Policies and telemetry of this namespace are those of the whole mesh: Istio's root namespace. */
export const ROOT_NAMESPACE = 'istio-system';

interface Reading {
  readonly resource: Resource | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** An object that is about to be written, or (without `after`) to go. */
export interface Pending {
  readonly type: ResourceType;
  readonly key: string;
  readonly after: KubernetesObject | undefined;
}

/** The ConfigMap with Istio's own settings, as `namespace/name`. */
export const MESH_CONFIG = `${ROOT_NAMESPACE}/istio`;

/** The kinds that the control plane reads, by their resources. Gateway API's Gateway is none of them. */
const read: ReadonlySet<string> = new Set([
  'namespaces',
  'services',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
  'serviceaccounts',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'envoyfilters.networking.istio.io',
  'proxyconfigs.networking.istio.io',
  'gateways.networking.istio.io',
  'virtualservices.networking.istio.io',
  'destinationrules.networking.istio.io',
  'serviceentries.networking.istio.io',
  'sidecars.networking.istio.io',
  'workloadentries.networking.istio.io',
  'peerauthentications.security.istio.io',
  'requestauthentications.security.istio.io',
  'authorizationpolicies.security.istio.io',
  'telemetries.telemetry.istio.io',
]);

/** Whether what the Envoys do may depend on such an object. */
export function isRead(type: ResourceType): boolean {
  return isReadResource(resourceKey(type));
}

/** Read by the analysis and by the kubelet alone. */
const notForEnvoys: ReadonlySet<string> = new Set([
  'configmaps',
  'proxyconfigs.networking.istio.io',
  'persistentvolumeclaims',
  'serviceaccounts',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
]);

/** Whether Envoys have to hear of a change of such an object before it is stored. */
export function isForEnvoys(type: ResourceType, key: string): boolean {
  if (type.group === 'gateway.networking.k8s.io') return true;
  const resource = resourceKey(type);
  const isMeshConfig = resource === 'configmaps' && key === MESH_CONFIG;
  return isRead(type) && (isMeshConfig || !notForEnvoys.has(resource));
}

/** Whether a write changes only the status, which nothing here reads. */
export function isSameToAll(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): boolean {
  if (!before || !after) return false;
  const plain = ({ metadata: { labels, annotations }, ...object }: KubernetesObject) => {
    const { status: _, ...rest } = object as Readonly<Record<string, unknown>>;
    return { ...rest, labels, annotations };
  };
  return isDeepStrictEqual(plain(before), plain(after));
}

/** Whether a change is one of the status, in which the mesh itself says how things are. */
export function isStatusChange(before: KubernetesObject, after: KubernetesObject): boolean {
  const isEnding = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp !== undefined;
  return isEnding(before) === isEnding(after) && isSameToAll(before, after);
}

/**
 * The resources as the Envoys know them: without istiod's Service, which leads to this process. The installed gateway's has the
 * ports that an installation of Istio gives it, not those of this machine where they are bound.
 */
export function registered(resources: readonly Resource[]): readonly Resource[] {
  return resources.flatMap((resource) => {
    if (resource.kind !== 'Service' || resource.metadata.namespace !== ROOT_NAMESPACE) return [resource];
    const { name } = resource.metadata;
    if (name === 'istiod') return [];
    return [name === gatewayName ? asInstalled(resource) : resource];
  });
}

/** A port that had to move is listed twice: here it has Istio's number alone. */
const asInstalled = once((service: ResourceOf<'Service'>): ResourceOf<'Service'> => {
  const { ports, ...spec } = service.spec;
  const moved = new Set(ports.filter(({ name }) => name?.endsWith(movedPortSuffix)).map(({ name }) => name));
  const installed = ports
    .filter(({ name }) => !moved.has(`${name}${movedPortSuffix}`))
    .map(({ name, ...port }) => ({
      ...port,
      ...(name !== undefined && { name: name.replace(movedPortSuffix, '') }),
    }));
  return { ...service, spec: { ...spec, type: 'ClusterIP', ports: installed } };
});

/** @param resource `deployments.apps` */
export function isReadResource(resource: string): boolean {
  return read.has(resource);
}

interface Known {
  readonly metadata: KubernetesObject['metadata'];
  readonly reading: Reading;
}

/** By what the reading is made of: the spec, else the whole object. */
const readings = new WeakMap<object, Known>();

/** An object as the control plane reads it: only once, until more than its status changes. */
export function readingOf(object: KubernetesObject): Reading {
  const { spec } = object;
  const key = typeof spec === 'object' && spec !== null ? spec : object;
  const known = readings.get(key);
  if (known && isReadAlike(known.metadata, object.metadata)) return known.reading;
  const reading = isSupportedKind(object.kind)
    ? readResource(objectDocument(object), object.kind)
    : { resource: undefined, diagnostics: [] };
  readings.set(key, { metadata: object.metadata, reading });
  return reading;
}

/** Two objects may have one spec, as the pods of one template. */
function isReadAlike(one: KubernetesObject['metadata'], other: KubernetesObject['metadata']): boolean {
  const read = ['uid', 'namespace', 'name', 'labels', 'annotations', 'creationTimestamp'] as const;
  return read.every((field) => one[field] === other[field]);
}

/** Everything in the store that the control plane reads, with what is about to be written in its place; the oldest first. */
export function resourcesIn(store: Store, pending: readonly Pending[] = []): readonly Resource[] {
  const objects = [...read, 'pods'].flatMap((resource) => {
    const changes = pending.filter(({ type }) => resourceKey(type) === resource);
    const stored = store.list(resource);
    if (changes.length === 0) return stored;
    const changed = new Map(changes.map(({ key, after }) => [key, after]));
    const kept = stored.filter((object) => !changed.has(keyOf(object)));
    return [...kept, ...[...changed.values()].flatMap((after) => after ?? [])];
  });
  return byAge(objects.filter((object) => !isCopy(object))).flatMap(
    (object) => readingOf(object).resource ?? [],
  );
}

/** A pod that something else makes is read in its template. */
function isCopy({ kind, metadata: { ownerReferences = [] } }: KubernetesObject): boolean {
  return kind === 'Pod' && ownerReferences.some(({ controller }) => controller);
}

export function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

/** Istio's and Gateway API's order where two objects want the same: by age, then by name. What is being written is the youngest. */
export function byAge<T extends KubernetesObject>(objects: readonly T[]): T[] {
  const keyed = objects.map((object) => {
    const { creationTimestamp, name, namespace } = object.metadata;
    return { object, key: `${creationTimestamp} ${name}.${namespace}` };
  });
  return keyed
    .sort(({ key: one }, { key: other }) => (one < other ? -1 : Number(one > other)))
    .map(({ object }) => object);
}

/** An object of the API in the form in which manifests are read: its places are fields, not lines. */
export function objectDocument(object: KubernetesObject): ManifestDocument {
  const file = resourceTitle(object);
  return {
    file,
    value: object,
    at: (path) => ({
      file,
      line: 0,
      column: 0,
      ...(path.length > 0 && { path: fieldPath(path), steps: path }),
    }),
  };
}

/** `VirtualService default/reviews`. */
export function resourceTitle({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
