import { ApiError, conflict, forbidden, notFound } from '#mesh/apiserver/api-error.ts';
import {
  type DeleteOptions,
  type DraftObject,
  type KubernetesObject,
  type ObjectMeta,
  timestamp,
} from '#mesh/apiserver/object.ts';
import { type ResourceType, type ResourceTypes, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';

/** The finalizers by which the garbage collector carries out a propagation policy. */
export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';
/** Holds a CustomResourceDefinition that is deleted until its objects are gone. */
export const definitionCleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/**
 * What a delete makes of an object: nothing (it is gone), the object with a deletionTimestamp (its finalizers, or a pod's
 * processes, have to end first), or the object itself when it is on its way already.
 *
 * @throws ApiError 409 when a precondition fails
 */
export function deletionStep(
  type: ResourceType,
  object: KubernetesObject,
  options: DeleteOptions & { readonly now: Date },
): KubernetesObject | undefined {
  checkPreconditions(type, object, options);
  const { metadata } = object;
  const finalizers = withPolicy(heldBy(type, metadata), options.propagationPolicy);
  const grace = graceOf(type, object, options.gracePeriodSeconds);
  if (!isHeld({ ...object, metadata: { ...metadata, finalizers } }) && grace === 0) return undefined;
  const shorter = (metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY) > grace;
  if (metadata.deletionTimestamp !== undefined && !shorter) return object;
  const end = new Date(options.now.getTime() + grace * 1000);
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: metadata.deletionTimestamp ?? timestamp(end),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length > 0 && { finalizers }),
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
}

/** Whether something has to be done before an object may go. A namespace's own finalizers stand in its spec. */
export function isHeld({ kind, metadata, ...object }: KubernetesObject): boolean {
  const spec = object['spec'] as { readonly finalizers?: readonly string[] } | undefined;
  const own = kind === 'Namespace' ? (spec?.finalizers ?? []) : [];
  return own.length + (metadata.finalizers?.length ?? 0) > 0;
}

/** Its finalizers, with the one that a delete adds by itself. */
function heldBy(type: ResourceType, { finalizers = [], deletionTimestamp }: ObjectMeta): readonly string[] {
  const isDefinition = type.plural === 'customresourcedefinitions' && deletionTimestamp === undefined;
  return isDefinition && !finalizers.includes(definitionCleanupFinalizer)
    ? [...finalizers, definitionCleanupFinalizer]
    : finalizers;
}

function checkPreconditions(
  type: ResourceType,
  { metadata }: KubernetesObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(type, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(type, metadata.name, why);
  }
}

function withPolicy(
  finalizers: readonly string[],
  policy: DeleteOptions['propagationPolicy'],
): readonly string[] {
  const others = finalizers.filter((name) => name !== foregroundFinalizer && name !== orphanFinalizer);
  if (policy === 'Foreground') return [...others, foregroundFinalizer];
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  return policy === 'Background' ? others : finalizers;
}

/** Only pods that a kubelet runs are given time to end. */
function graceOf(type: ResourceType, object: KubernetesObject, wanted: number | undefined): number {
  if (type.kind !== 'Pod' || type.group !== '') return 0;
  const spec = object['spec'] as
    | { readonly nodeName?: string; readonly terminationGracePeriodSeconds?: number }
    | undefined;
  return spec?.nodeName ? (wanted ?? spec.terminationGracePeriodSeconds ?? 30) : 0;
}

/** A cluster is none without them. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-system']);

/** What Kubernetes' admission plugin of this name sees to. */
export class NamespaceLifecycle {
  readonly #store: Pick<Store, 'get'>;
  readonly #types: ResourceTypes;

  constructor(store: Pick<Store, 'get'>, types: ResourceTypes) {
    this.#store = store;
    this.#types = types;
  }

  /**
   * Nothing new comes into a namespace that is not there, or that is being emptied.
   *
   * @throws ApiError 403, 404
   */
  checkNew({ metadata: { name = '', namespace } }: DraftObject, type: ResourceType): void {
    const namespaces = this.#types.byKey('namespaces');
    if (!type.namespaced || namespace === undefined || !namespaces) return;
    const found = this.#store.get(resourceKey(namespaces), { name: namespace });
    if (!found) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp !== undefined) throw terminating(type, name, namespace);
  }

  /** @throws ApiError 403 */
  checkEnd(type: ResourceType, name: string): void {
    if (resourceKey(type) === 'namespaces' && immortal.has(name))
      throw forbidden(type, name, 'this namespace may not be deleted');
  }
}

function terminating(type: ResourceType, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { code, reason, message, details } = forbidden(type, name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError({ code, reason, message, details: { ...details, causes: [cause] } });
}
