import { Pool, request } from 'undici';
import type { Version } from '#test/bench/route-change.ts';

/** One request, on `performance`'s clock. */
export interface Exchange {
  readonly begun: number;
  readonly ended: number;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Which middleware the answer went through; absent from an answer that names none. */
  readonly version?: Version;
  /** The answer, or why there was none. */
  readonly text: string;
}

/** Requests to a URL without pause, on so many connections, until it is stopped. */
export class GatewayLoad {
  #begun = 0;
  #stopped = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  readonly #exchanges: Exchange[] = [];
  readonly #workers: Promise<void>[];
  readonly #pool: Pool;
  readonly #url: string;

  constructor(url: string, connections: number) {
    this.#url = url;
    this.#pool = new Pool(new URL(url).origin, { connections });
    this.#workers = Array.from({ length: connections }, () => this.#work());
  }

  /** Resolves when `count` more requests have begun. */
  more(count: number): Promise<void> {
    return this.#reach(this.#begun + count);
  }

  /** Resolves when `count` requests have begun since the start. */
  total(count: number): Promise<void> {
    return this.#reach(count);
  }

  /** Ends the load and gives all that was asked and answered. */
  async stop(): Promise<readonly Exchange[]> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    await this.#pool.close();
    return this.#exchanges;
  }

  #reach(count: number): Promise<void> {
    if (this.#begun >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      this.#begun++;
      const begun = performance.now();
      const answer = await this.#ask();
      this.#exchanges.push({ begun, ended: performance.now(), ...answer });
      this.#wake();
    }
  }

  async #ask(): Promise<Omit<Exchange, 'begun' | 'ended'>> {
    try {
      const { statusCode, body } = await request(this.#url, { dispatcher: this.#pool });
      const text = await body.text();
      const version = /middleware-(prod|canary)/.exec(text)?.[1] as Version | undefined;
      return { status: statusCode, text, ...(version && { version }) };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }

  #wake(): void {
    const due = this.#waiting.filter(({ count }) => this.#begun >= count);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { resolve } of due) resolve();
  }
}
