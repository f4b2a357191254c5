import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { Pending } from '#mesh/istiod/config/resources.ts';
import type { Rejection } from '#mesh/istiod/xds/acknowledgement.ts';

export interface PublisherOptions {
  /** Brings the Envoys to the store with these changes in it. */
  readonly publish: (pending: readonly Pending[]) => Promise<readonly Rejection[]>;
  /** Orders all changes that go to the Envoys. */
  readonly queue: Queue;
}

/** An Envoy has refused a change. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly rejections: readonly Rejection[];

  constructor(rejections: readonly Rejection[]) {
    super(
      rejections
        .map(({ proxy, reason }) => `the Envoy of ${proxy} refused the configuration: ${reason}`)
        .join('; '),
    );
    this.rejections = rejections;
  }
}

/** To be called when a change is in the store, or has not come there after all. */
export type Settle = (stored: boolean) => void;

interface Waiting {
  readonly pending: Pending;
  /** Whether the store still has what the change was made of; else the Envoys are not troubled with it. */
  readonly isCurrent: () => boolean;
  readonly resolve: (settle: Settle) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Brings changes to the Envoys before they come into the store. Changes that wait at the same time are brought together, but for
 * those of one object, which come one after the other; when an Envoy refuses them, each is tried alone, so that only the one to
 * blame is refused.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  /** Known to the Envoys, or on the way there, and not yet in the store. */
  readonly #pending = new Set<Pending>();
  #waiting: Waiting[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get pending(): readonly Pending[] {
    return [...this.#pending];
  }

  /** Whether a change is on its way to the Envoys, or from there to the store. */
  get busy(): boolean {
    return this.#pending.size > 0 || this.#waiting.length > 0;
  }

  /**
   * Resolves when every Envoy has the change, with what to call when it is in the store or has not come there.
   *
   * @throws RefusedError; then the Envoys are as they were
   */
  bring(pending: Pending, isCurrent = () => true): Promise<Settle> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pending, isCurrent, resolve, reject });
      this.#queue(() => this.#next());
    });
  }

  #queue(task: () => Promise<unknown>): void {
    this.#options.queue.run(task).catch(() => undefined);
  }

  async #next(): Promise<void> {
    const taken = new Set(this.pending.map(objectOf));
    const group: Waiting[] = [];
    const later: Waiting[] = [];
    for (const one of this.#waiting) {
      const object = objectOf(one.pending);
      if (taken.has(object)) later.push(one);
      else if (!one.isCurrent()) one.resolve(() => {});
      else {
        taken.add(object);
        group.push(one);
      }
    }
    this.#waiting = later;
    if (group.length > 0) await this.#try(group);
  }

  #settle(pending: Pending, stored: boolean): void {
    this.#pending.delete(pending);
    // Otherwise the Envoys would keep a configuration that no object explains.
    if (!stored) this.#queue(() => this.#options.publish(this.pending));
    if (this.#waiting.length > 0) this.#queue(() => this.#next());
  }

  async #try(group: readonly Waiting[]): Promise<void> {
    for (const { pending } of group) this.#pending.add(pending);
    try {
      const refused = (await this.#options.publish(this.pending)).filter(({ isLate }) => !isLate);
      if (refused.length > 0) throw new RefusedError(refused);
      for (const { pending, resolve } of group) resolve((stored) => this.#settle(pending, stored));
    } catch (error) {
      await this.#undo(group, error);
    }
  }

  async #undo(group: readonly Waiting[], error: unknown): Promise<void> {
    for (const { pending } of group) this.#pending.delete(pending);
    if (group.length > 1) {
      for (const one of group) await this.#try([one]);
      return;
    }
    await this.#options.publish(this.pending).catch(() => undefined);
    for (const { reject } of group) reject(error);
  }
}

function objectOf({ type, key }: Pending): string {
  return `${resourceKey(type)} ${key}`;
}

/** Runs one task after another, in the order of the calls; a task that fails does not stop the others. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
