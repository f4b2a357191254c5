import type { Api } from '#mesh/apiserver/api.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { isTerminating, typeOf, writeStatus } from '#mesh/controllers/workload.ts';

export interface NamespaceControllerOptions {
  /** What every namespace gets, besides the service account `default`. */
  readonly contents?: readonly DraftObject[];
}

/** Gives each namespace its service account and the root certificates, and empties the one that is deleted. */
export class NamespaceController implements Controller {
  readonly name = 'namespace-controller';
  readonly #api: Api;
  readonly #contents: readonly DraftObject[];

  constructor(api: Api, { contents = [] }: NamespaceControllerOptions = {}) {
    this.#api = api;
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    this.#contents = [account, ...contents];
  }

  concerns({ type, resource, object }: StoreEvent): readonly string[] {
    if (resource === 'namespaces') return type === 'DELETED' ? [] : [object.metadata.name];
    const { namespace } = object.metadata;
    // The deleted object may be one that the namespace waits for, or one that it must have.
    return type === 'DELETED' && namespace !== undefined ? [namespace] : [];
  }

  async sync(name: string): Promise<number | undefined> {
    const namespace = this.#api.store.get('namespaces', { name });
    if (!namespace) return undefined;
    if (isTerminating(namespace)) await this.#empty(namespace);
    else await this.#furnish(namespace);
    return undefined;
  }

  async #furnish(namespace: KubernetesObject): Promise<void> {
    await writeStatus(this.#api, {
      resource: 'namespaces',
      object: namespace,
      status: { phase: 'Active' },
      manager: this.name,
    });
    for (const draft of this.#contents) {
      const type = this.#api.types.ofKind(draft.apiVersion, draft.kind);
      const key = { namespace: namespace.metadata.name, name: draft.metadata.name ?? '' };
      if (!type || this.#api.store.get(resourceKey(type), key)) continue;
      await this.#api.create(type, draft, { manager: this.name, namespace: key.namespace });
    }
  }

  /** It goes when nothing is left in it. */
  async #empty(namespace: KubernetesObject): Promise<void> {
    const { name } = namespace.metadata;
    await writeStatus(this.#api, {
      resource: 'namespaces',
      object: namespace,
      status: { phase: 'Terminating' },
      manager: this.name,
    });
    let left = 0;
    for (const type of this.#api.types.all.filter(({ namespaced }) => namespaced)) {
      for (const object of this.#api.store.list(resourceKey(type), name)) {
        if (isTerminating(object)) left += 1;
        else if (this.#api.store.get(resourceKey(type), object.metadata)) {
          const gone = await this.#api.delete(type, object.metadata, {
            manager: this.name,
            propagationPolicy: 'Background',
          });
          left += gone.object.metadata.deletionTimestamp === undefined ? 0 : 1;
        }
      }
    }
    if (left > 0) return;
    const change = (before: KubernetesObject) => ({ ...before, spec: { finalizers: [] } });
    if (this.#api.store.get('namespaces', { name })) {
      await this.#api.update(typeOf(this.#api, 'namespaces'), { name }, change, { manager: this.name });
    }
  }
}
