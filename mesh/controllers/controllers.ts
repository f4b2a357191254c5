import type { Store, StoreEvent } from '#mesh/apiserver/store/store.ts';

const firstPause = 50;
const longestPause = 30_000;

export interface ControllersOptions {
  readonly store: Store;
  readonly controllers: readonly Controller[];
  readonly onProblem: (message: string) => void;
}

/** Runs controllers: each change in the store puts keys into their queues, and they process one key after the other. */
export class Controllers {
  readonly #queues: readonly KeyQueue[];
  readonly #end: () => void;

  constructor({ store, controllers, onProblem }: ControllersOptions) {
    this.#queues = controllers.map((controller) => new KeyQueue(controller, onProblem));
    this.#end = store.subscribe((event) => {
      for (const queue of this.#queues) queue.add(queue.controller.concerns(event));
      // Pods were refused because it was missing.
      const { type, resource, object } = event;
      if (type !== 'ADDED' || resource !== 'serviceaccounts') return;
      for (const queue of this.#queues) queue.retryWithin(object.metadata.namespace ?? '');
    });
  }

  /** Resolves when all controllers are idle; waiting to try again counts as idle. */
  async settled(): Promise<void> {
    while (this.#queues.some(({ busy }) => busy)) {
      await Promise.all(this.#queues.map((queue) => queue.settled()));
    }
  }

  stop(): void {
    this.#end();
    for (const queue of this.#queues) queue.stop();
  }
}

class KeyQueue {
  readonly controller: Controller;
  readonly #onProblem: (message: string) => void;
  readonly #keys = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(controller: Controller, onProblem: (message: string) => void) {
    this.controller = controller;
    this.#onProblem = onProblem;
  }

  get busy(): boolean {
    return this.#working !== undefined;
  }

  async settled(): Promise<void> {
    await this.#working;
  }

  add(keys: readonly string[]): void {
    if (this.#stopped || keys.length === 0) return;
    for (const key of keys) this.#keys.add(key);
    this.#working ??= this.#work();
  }

  /** Tries again at once what failed in a namespace. */
  retryWithin(namespace: string): void {
    this.add([...this.#failures.keys()].filter((key) => key.startsWith(`${namespace}/`)));
  }

  stop(): void {
    this.#stopped = true;
    this.#keys.clear();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #work(): Promise<void> {
    // Not within the write that caused it, and once for several writes of one moment.
    await new Promise(setImmediate);
    for (let key = this.#next(); key !== undefined; key = this.#next()) await this.#sync(key);
    this.#working = undefined;
  }

  #next(): string | undefined {
    const [key] = this.#keys;
    if (key !== undefined) this.#keys.delete(key);
    return key;
  }

  async #sync(key: string): Promise<void> {
    try {
      const again = await this.controller.sync(key);
      this.#failures.delete(key);
      if (again !== undefined) this.#addAfter(key, again);
    } catch (error) {
      this.#retry(key, error as Error);
    }
  }

  #retry(key: string, error: Error): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (failures > 2) this.#onProblem(`${this.controller.name}: ${key}: ${error.message}`);
    this.#addAfter(key, Math.min(longestPause, firstPause * 2 ** failures));
  }

  #addAfter(key: string, milliseconds: number): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.add([key]);
    }, milliseconds);
    this.#timers.add(timer);
  }
}

/**
 * Writes what follows from one kind of object. Level-triggered: it runs again whenever something
 * changes that concerns a key, and looks only at the present state.
 */
export interface Controller {
  /** Its field manager, as in a cluster. */
  readonly name: string;
  /** The keys (`namespace/name`) that a change concerns. */
  concerns(event: StoreEvent): readonly string[];
  /** One step towards the desired state; resolves with the milliseconds after which to run again. A step that fails is tried again. */
  sync(key: string): Promise<number | undefined>;
}
