import type { Api } from '#mesh/apiserver/api.ts';
import { foregroundFinalizer, orphanFinalizer } from '#mesh/apiserver/deletion.ts';
import type { KubernetesObject, OwnerReference } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';

/** Removes the dependents of deleted objects: in the background, before their owner, or not at all. */
export class GarbageCollector implements Controller {
  readonly name = 'garbage-collector-controller';
  readonly #api: Api;
  /** From an owner's uid to its dependents, as `resource|namespace|name`. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** A key is an object as `resource|namespace|name|uid`. */
  concerns({ type, resource, object, previous }: StoreEvent): readonly string[] {
    const path = pathOf(resource, object);
    for (const { uid } of previous?.metadata.ownerReferences ?? []) this.#dependents.get(uid)?.delete(path);
    const owners = object.metadata.ownerReferences ?? [];
    if (type !== 'DELETED') {
      for (const { uid } of owners) this.#dependentsOf(uid).add(path);
    }
    const { uid, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') {
      const left = [...(this.#dependents.get(uid) ?? [])];
      this.#dependents.delete(uid);
      return [...left, ...owners.flatMap((owner) => this.#pathOfOwner(owner, object))];
    }
    return deletionTimestamp !== undefined || owners.length > 0 ? [path] : [];
  }

  async sync(path: string): Promise<number | undefined> {
    const [resource = '', namespace = '', name = ''] = path.split('|');
    const type = this.#api.types.byKey(resource);
    const object = this.#api.store.get(resource, { namespace: namespace || undefined, name });
    if (!type || !object) return undefined;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined) await this.#collect(type, object);
    else if (finalizers.includes(orphanFinalizer)) await this.#orphan(type, object);
    else if (finalizers.includes(foregroundFinalizer)) await this.#foreground(type, object);
    return undefined;
  }

  /** An object that has owners, all of which have gone. */
  async #collect(type: ResourceType, object: KubernetesObject): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    const gone = owners.filter((owner) => this.#ownerOf(owner, object) === undefined);
    if (gone.length === 0) return;
    if (gone.length === owners.length) {
      const options = { manager: this.name, preconditions: { uid: object.metadata.uid } };
      await this.#api.delete(type, object.metadata, { ...options, propagationPolicy: 'Background' });
      return;
    }
    await this.#withoutOwners(type, object, (owner) => gone.some(({ uid }) => uid === owner.uid));
  }

  async #orphan(type: ResourceType, owner: KubernetesObject): Promise<void> {
    for (const { type: of, object } of this.#found(owner)) {
      await this.#withoutOwners(of, object, ({ uid }) => uid === owner.metadata.uid);
    }
    await this.#withoutFinalizer(type, owner, orphanFinalizer);
  }

  /** The owner goes when nothing blocks it any more. */
  async #foreground(type: ResourceType, owner: KubernetesObject): Promise<void> {
    const dependents = this.#found(owner);
    for (const { type: of, object } of dependents) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      await this.#api.delete(of, object.metadata, { manager: this.name, propagationPolicy: 'Foreground' });
    }
    const blocking = this.#found(owner).some(({ object }) =>
      object.metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion,
      ),
    );
    if (!blocking) await this.#withoutFinalizer(type, owner, foregroundFinalizer);
  }

  #found(owner: KubernetesObject): { readonly type: ResourceType; readonly object: KubernetesObject }[] {
    return [...(this.#dependents.get(owner.metadata.uid) ?? [])].flatMap((path) => {
      const [resource = '', namespace = '', name = ''] = path.split('|');
      const type = this.#api.types.byKey(resource);
      const object = this.#api.store.get(resource, { namespace: namespace || undefined, name });
      return type && object ? [{ type, object }] : [];
    });
  }

  #ownerOf(
    { apiVersion, kind, name, uid }: OwnerReference,
    { metadata }: KubernetesObject,
  ): KubernetesObject | undefined {
    const type = this.#api.types.ofKind(apiVersion, kind);
    const namespace = type?.namespaced ? metadata.namespace : undefined;
    const owner = type && this.#api.store.get(resourceKey(type), { namespace, name });
    return owner?.metadata.uid === uid ? owner : undefined;
  }

  #pathOfOwner(reference: OwnerReference, dependent: KubernetesObject): readonly string[] {
    const owner = this.#ownerOf(reference, dependent);
    const type = this.#api.types.ofKind(reference.apiVersion, reference.kind);
    return owner && type ? [pathOf(resourceKey(type), owner)] : [];
  }

  #dependentsOf(uid: string): Set<string> {
    let known = this.#dependents.get(uid);
    if (!known) {
      known = new Set();
      this.#dependents.set(uid, known);
    }
    return known;
  }

  async #withoutOwners(
    type: ResourceType,
    { metadata }: KubernetesObject,
    leaves: (owner: OwnerReference) => boolean,
  ): Promise<void> {
    const change = (before: KubernetesObject) => {
      const ownerReferences = (before.metadata.ownerReferences ?? []).filter((owner) => !leaves(owner));
      return { ...before, metadata: { ...before.metadata, ownerReferences } };
    };
    await this.#api.update(type, metadata, change, { manager: this.name });
  }

  async #withoutFinalizer(
    type: ResourceType,
    { metadata }: KubernetesObject,
    finalizer: string,
  ): Promise<void> {
    const change = (before: KubernetesObject) => {
      const finalizers = (before.metadata.finalizers ?? []).filter((name) => name !== finalizer);
      return { ...before, metadata: { ...before.metadata, finalizers } };
    };
    await this.#api.update(type, metadata, change, { manager: this.name });
  }
}

function pathOf(resource: string, { metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${resource}|${namespace}|${name}`;
}
