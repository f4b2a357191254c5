import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import { isPolicy, nameOf, type ObjectName, sourceOf, typeOf } from '#mesh/console/policies/objects.ts';
import { ConsoleError } from '#mesh/console/server/answers.ts';

/** One change of an object that rules traffic, whoever made it. */
export interface PolicyChange extends ObjectName {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly action: 'created' | 'changed' | 'deleted';
}

interface Kept extends PolicyChange {
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject | undefined;
}

const mostKept = 200;
const manager = 'mesh101-console';

/** What became of the mesh's policies while it ran: to be seen beside the charts, and to be taken back. */
export class PolicyHistory {
  readonly #api: Api;
  readonly #end: () => void;
  #changes: Kept[] = [];
  #last = 0;

  constructor(api: Api) {
    this.#api = api;
    this.#end = api.store.subscribe((event) => this.#onStored(event));
  }

  stop(): void {
    this.#end();
  }

  /** The latest last. */
  get changes(): readonly PolicyChange[] {
    return this.#changes.map(({ before: _, after: __, ...change }) => change);
  }

  /** The sources before and after a change. */
  sources(id: number): { readonly before: string; readonly after: string } {
    const { before, after } = this.#find(id);
    return { before: before ? sourceOf(before) : '', after: after ? sourceOf(after) : '' };
  }

  /** Puts an object back to what it was before a change. */
  async undo(id: number): Promise<void> {
    const { before, kind, name, namespace } = this.#find(id);
    const type = typeOf(this.#api, kind);
    const key = { name, namespace: type.namespaced ? namespace : undefined };
    const isThere = this.#api.store.get(resourceKey(type), key) !== undefined;
    if (!before) {
      if (isThere) await this.#api.delete(type, key, { manager, propagationPolicy: 'Background' });
      return;
    }
    const { uid: _, resourceVersion: __, ...metadata } = before.metadata;
    if (!isThere) {
      const { creationTimestamp: ___, generation: ____, ...own } = metadata;
      await this.#api.create(type, { ...before, metadata: own }, { manager, namespace: key.namespace });
      return;
    }
    await this.#api.update(
      type,
      key,
      (current) => ({ ...before, metadata: { ...current.metadata, ...labelsOf(before) } }),
      { manager },
    );
  }

  #find(id: number): Kept {
    const change = this.#changes.find((one) => one.id === id);
    if (!change) throw new ConsoleError(404, 'this change is no longer kept');
    return change;
  }

  #onStored({ type, resource, object, previous }: StoreEvent): void {
    if (!isPolicy(resource)) return;
    if (type === 'MODIFIED' && previous && isDeepStrictEqual(ruled(previous), ruled(object))) return;
    this.#last += 1;
    this.#changes.push({
      ...nameOf(object),
      ...{ id: this.#last, at: Date.now(), before: previous },
      action: type === 'ADDED' ? 'created' : type === 'DELETED' ? 'deleted' : 'changed',
      after: type === 'DELETED' ? undefined : object,
    });
    this.#changes = this.#changes.slice(-mostKept);
  }
}

function ruled({ spec, metadata }: KubernetesObject): unknown {
  return { spec, labels: metadata.labels };
}

function labelsOf({ metadata: { labels, annotations } }: KubernetesObject) {
  return { ...(labels && { labels }), ...(annotations && { annotations }) };
}
