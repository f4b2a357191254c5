/**
 * Whether a service should get requests. It is not ready before `delay` milliseconds have passed since its start, and
 * never again once it drains.
 */
export class Readiness {
  readonly #readyAt: number;
  readonly #now: () => number;
  #draining = false;

  constructor({ delay = 0, now = () => performance.now() }: { delay?: number; now?: () => number } = {}) {
    this.#now = now;
    this.#readyAt = now() + delay;
  }

  get ready(): boolean {
    return !this.#draining && this.#now() >= this.#readyAt;
  }

  get draining(): boolean {
    return this.#draining;
  }

  drain(): void {
    this.#draining = true;
  }
}
