import type { KubernetesObject } from '#mesh/apiserver/object.ts';

/** Where an object is among those of its resource. Cluster-scoped ones have no namespace. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export type StoreListener = (event: StoreEvent) => void;

export interface StoreOptions {
  /** How many changes a watch can catch up with. */
  readonly history?: number;
}

/**
 * Every object of the mesh, in memory. Each change gets the next resourceVersion and reaches those who listen before the
 * call returns. Objects are shared, not copied: nobody may change one.
 */
export class Store {
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<StoreListener>();
  readonly #history: EventHistory;
  #version = 1;

  constructor({ history = 20_000 }: StoreOptions = {}) {
    this.#history = new EventHistory(history);
  }

  /** The resourceVersion of the last change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return [...this.#tables.values()].reduce((sum, { objects }) => sum + objects.size, 0);
  }

  get(resource: string, key: ObjectKey): KubernetesObject | undefined {
    return this.#tables.get(resource)?.objects.get(pathOf(key));
  }

  /** In the order of namespaces and names, as etcd keeps them. */
  list(resource: string, namespace?: string): readonly KubernetesObject[] {
    const table = this.#tables.get(resource);
    if (!table) return [];
    table.sorted ??= [...table.objects].sort(byPath).map(([, object]) => object);
    return namespace === undefined
      ? table.sorted
      : table.sorted.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Creates or replaces; the object returned has its resourceVersion. */
  put(resource: string, object: KubernetesObject): KubernetesObject {
    const table = this.#table(resource);
    const path = pathOf(object.metadata);
    const previous = table.objects.get(path);
    const stored = this.#next(object);
    table.objects.set(path, stored);
    table.sorted = undefined;
    this.#tell({ type: previous ? 'MODIFIED' : 'ADDED', resource, object: stored, previous });
    return stored;
  }

  /** Removes it; the object returned has the resourceVersion of its end. */
  remove(resource: string, key: ObjectKey): KubernetesObject | undefined {
    const table = this.#table(resource);
    const previous = table.objects.get(pathOf(key));
    if (!previous) return undefined;
    const last = this.#next(previous);
    table.objects.delete(pathOf(key));
    table.sorted = undefined;
    this.#tell({ type: 'DELETED', resource, object: last, previous });
    return last;
  }

  /** The changes of a resource after a version; undefined when some of them are forgotten already. */
  since(resource: string, version: number): readonly StoreEvent[] | undefined {
    return this.#history.since(resource, version);
  }

  /** @returns ends it. A listener must not throw. */
  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #next(object: KubernetesObject): KubernetesObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #tell(change: Omit<StoreEvent, 'version'>): void {
    const event: StoreEvent = { ...change, version: this.#version };
    this.#history.add(event);
    for (const listener of this.#listeners) listener(event);
  }

  #table(resource: string): Table {
    let table = this.#tables.get(resource);
    if (!table) {
      table = { objects: new Map(), sorted: undefined };
      this.#tables.set(resource, table);
    }
    return table;
  }
}

interface Table {
  readonly objects: Map<string, KubernetesObject>;
  /** Made on demand. */
  sorted: readonly KubernetesObject[] | undefined;
}

function pathOf({ namespace = '', name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

function byPath([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** One change in the store. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  /** After the change; of a DELETED, its last state with the version of its end. */
  readonly object: KubernetesObject;
  readonly previous: KubernetesObject | undefined;
  readonly version: number;
}

/** The latest changes, so that a watch that was interrupted misses none. */
class EventHistory {
  readonly #limit: number;
  #events: StoreEvent[] = [];
  /** The newest version that is forgotten. */
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: StoreEvent): void {
    this.#events.push(event);
    // In large steps: moving the rest costs as much for one as for many.
    if (this.#events.length >= 2 * this.#limit) {
      const kept = this.#events.slice(-this.#limit);
      this.#forgotten = this.#events.at(-this.#limit - 1)?.version ?? this.#forgotten;
      this.#events = kept;
    }
  }

  /** The changes of a resource after a version; undefined when one may be forgotten. */
  since(resource: string, version: number): readonly StoreEvent[] | undefined {
    if (version < this.#forgotten) return undefined;
    const first = this.#firstAfter(version);
    return this.#events.slice(first).filter((event) => event.resource === resource);
  }

  /** Versions rise, so each step halves the rest. */
  #firstAfter(version: number): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = this.#events[middle];
      if (event && event.version <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
