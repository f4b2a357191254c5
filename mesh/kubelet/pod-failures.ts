import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type Backoff, createBackoff } from '#mesh/kubelet/process/backoff.ts';

export interface Failure {
  /** The reason in the container's status: `ErrImagePull`, `CreateContainerConfigError`. */
  readonly reason: string;
  readonly message: string;
  /** It waits for an object, and is tried again when that is there. */
  readonly waits: boolean;
}

interface Entry extends Failure {
  readonly backoff: Backoff;
  readonly retry: NodeJS.Timeout | undefined;
  due: boolean;
}

/** The pods that cannot be made, by uid, and when each is tried again. */
export class PodFailures {
  readonly #entries = new Map<string, Entry>();
  readonly #onDue: () => void;
  #stopping = false;

  /** @param onDue a pod may be tried again */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  of({ metadata }: KubernetesObject): Failure | undefined {
    return this.#entries.get(metadata.uid);
  }

  /** Whether a pod waits for an object that is not there. */
  get waits(): boolean {
    return [...this.#entries.values()].some(({ waits }) => waits);
  }

  /** Whether to try a pod now. One that waits is tried, since what it waits for may have come. */
  mayTry({ metadata }: KubernetesObject): boolean {
    const entry = this.#entries.get(metadata.uid);
    return !entry || entry.due || entry.waits;
  }

  /** Tries no more until the missing object comes. True if that is news. */
  wait({ metadata: { uid } }: KubernetesObject, reason: string, message: string): boolean {
    const before = this.#entries.get(uid);
    if (before?.waits && before.message === message) return false;
    clearTimeout(before?.retry);
    const waiting = { waits: true, backoff: createBackoff(), retry: undefined, due: false };
    this.#entries.set(uid, { reason, message, ...waiting });
    return true;
  }

  /**
   * Tries again, later each time. True if it has not failed before.
   *
   * @param reason of a first failure and of one that comes again
   */
  fail(
    { metadata: { uid } }: KubernetesObject,
    reason: (again: boolean) => string,
    message: string,
  ): boolean {
    const before = this.#entries.get(uid);
    const again = before !== undefined && !before.waits;
    const backoff = before?.backoff ?? createBackoff();
    const retry = setTimeout(() => this.#retry(uid), backoff.next(0));
    this.#entries.set(uid, { reason: reason(again), message, waits: false, backoff, retry, due: false });
    return !again;
  }

  /** It has been made. */
  settle({ metadata: { uid } }: KubernetesObject): void {
    clearTimeout(this.#entries.get(uid)?.retry);
    this.#entries.delete(uid);
  }

  /** Forgets pods that no longer exist. */
  keep(known: ReadonlyMap<string, unknown>): void {
    for (const [uid, { retry }] of this.#entries) {
      if (known.has(uid)) continue;
      clearTimeout(retry);
      this.#entries.delete(uid);
    }
  }

  stop(): void {
    this.#stopping = true;
    for (const { retry } of this.#entries.values()) clearTimeout(retry);
  }

  #retry(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry || this.#stopping) return;
    entry.due = true;
    this.#onDue();
  }
}
