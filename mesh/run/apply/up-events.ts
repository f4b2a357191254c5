import type { UpEvent } from '#mesh/run/api.ts';

type Listener = (event: UpEvent) => void;

/**
 * How long nothing may have happened before a person hears that it will not become ready. A busy machine takes minutes for
 * many pods, but never so long for one. Milliseconds.
 */
const idleTimeout = 90_000;

/**
 * What happens until everything in the mesh is ready. Late listeners hear everything from the beginning; a
 * change to a mesh that was ready begins anew.
 */
export class UpEvents {
  #history: UpEvent[] = [];
  #since = Date.now();
  #timer: NodeJS.Timeout | undefined;
  readonly #idleTimeout: number;
  readonly #listeners = new Set<Listener>();

  constructor(options: { readonly idleTimeout?: number } = {}) {
    this.#idleTimeout = options.idleTimeout ?? idleTimeout;
    this.#await();
  }

  /** Whether everything is ready, or will not become so. */
  get over(): boolean {
    const last = this.#history.at(-1);
    return last?.type === 'ready' || last?.type === 'failed';
  }

  begin(): void {
    if (this.over) {
      this.#history = [];
      this.#since = Date.now();
      this.#await();
    }
  }

  #await(): void {
    clearTimeout(this.#timer);
    const message = `not everything is ready, and nothing has happened for ${this.#idleTimeout / 1000} s`;
    this.#timer = setTimeout(() => this.failed(message), this.#idleTimeout).unref();
  }

  step(name: string, state: 'started' | 'done', detail?: string): void {
    const known = this.#history.some(
      (event) => event.type === 'step' && event.name === name && event.state === state,
    );
    if (!known) {
      this.#await();
      this.#emit({ type: 'step', name, state, ...(detail === undefined ? {} : { detail }) });
    }
  }

  ready(): void {
    if (!this.over) {
      this.#emit({ type: 'ready', milliseconds: Date.now() - this.#since });
    }
  }

  failed(message: string): void {
    if (!this.over) {
      this.#emit({ type: 'failed', message });
    }
  }

  /** Calls the listener with what has happened, and with what will. Returns the function that ends that. */
  subscribe(listener: Listener): () => void {
    this.#history.forEach(listener);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emit(event: UpEvent): void {
    this.#history.push(event);
    for (const listener of this.#listeners) {
      listener(event);
    }
  }
}
