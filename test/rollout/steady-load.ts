import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type Outcome, type Phase, succeeded, Tally } from '#test/rollout/tally.ts';

export interface SteadyLoadOptions {
  /** The gateway's address, such as `http://localhost:8080`. */
  readonly url: string;
  /** The `Host` to ask for, where the gateway serves several. */
  readonly host?: string;
  readonly connections: number;
}

/** After a failure, so that a gateway that refuses at once is not asked ten thousand times a second. */
const PAUSE_AFTER_FAILURE = 20;

/** The same number of requests under way all the time, each counted for the phase in which it began. */
export class SteadyLoad {
  /** What is going on while requests begin from now on. */
  phase = 'before';
  readonly #tally = new Tally();
  readonly #pool: Pool;
  readonly #options: SteadyLoadOptions;
  readonly #workers: Promise<void>[];
  #begun = 0;
  #stopped = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(options: SteadyLoadOptions) {
    this.#options = options;
    this.#pool = new Pool(new URL(options.url).origin, { connections: options.connections });
    this.#workers = Array.from({ length: options.connections }, () => this.#work());
  }

  /** Resolves when `count` more requests have begun. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ count: this.#begun + count, resolve }));
  }

  /** Ends the load when all that is under way has been answered. */
  async stop(): Promise<readonly Phase[]> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    await this.#pool.close();
    return this.#tally.phases;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const { phase } = this;
      this.#begun++;
      this.#wake();
      const outcome = await this.#ask();
      this.#tally.count(phase, outcome);
      if (!succeeded(outcome)) await sleep(PAUSE_AFTER_FAILURE);
    }
  }

  async #ask(): Promise<Outcome> {
    const { host, url } = this.#options;
    const { pathname, search } = new URL(url);
    try {
      const { statusCode, body } = await this.#pool.request({
        path: pathname + search,
        method: 'GET',
        ...(host !== undefined && { headers: { host } }),
      });
      return { code: statusCode, text: await body.text() };
    } catch (error) {
      const { code = 'error', message } = error as NodeJS.ErrnoException;
      return { code, text: message };
    }
  }

  #wake(): void {
    const due = this.#waiting.filter(({ count }) => this.#begun >= count);
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { resolve } of due) resolve();
  }
}
