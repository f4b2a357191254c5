import type { Queue } from '#mesh/run/apply/publisher.ts';

export interface RoundsOptions {
  readonly queue: Queue;
  /** One step of everything that runs towards what is stored; true when there is something left for the next. */
  readonly step: () => Promise<boolean>;
  /** Resolves when the consequences of the last step have been dealt with. */
  readonly settled: () => Promise<void>;
  /** Whether something is on its way to the store. */
  readonly isPending: () => boolean;
  readonly announce: () => void;
  readonly onProblem: (message: string) => void;
}

/** When the mesh takes its next step, and when those who wait for it hear how far it is. */
export class Rounds {
  readonly #options: RoundsOptions;
  #queued = false;
  #running = false;
  #announcing = false;
  #stopped = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Something changed: one more round through the queue, however many changes there were. */
  wake(): void {
    if (this.#queued || this.#stopped) return;
    this.#queued = true;
    const round = this.#options.queue.run(async () => {
      this.#queued = false;
      if (!this.#stopped) await this.#round();
    });
    // Nobody waits for this round; the next change tries again.
    round.catch((error: unknown) => this.#options.onProblem(String((error as Error).stack)));
  }

  /**
   * Tells those who wait, once nothing is under way: a round under way tells them itself, and of writes the last one does.
   * Not within a round, as the conclusions that are drawn may wait for one.
   */
  async announce(): Promise<void> {
    if (this.#announcing) return;
    this.#announcing = true;
    await this.#options.settled();
    this.#announcing = false;
    if (this.#queued || this.#running || this.#stopped || this.#options.isPending()) return;
    this.#options.announce();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #round(): Promise<void> {
    this.#running = true;
    try {
      if (await this.#options.step()) this.wake();
    } finally {
      this.#running = false;
    }
    void this.announce();
  }
}
