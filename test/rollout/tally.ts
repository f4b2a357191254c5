/** What became of the requests of one phase of a run. */
export interface Phase {
  readonly name: string;
  readonly requests: number;
  /** From a status that is not 2xx, or the reason why there was no answer, to how often it came. */
  readonly failed: Readonly<Record<string, number>>;
  /** What the first failure of each kind said. */
  readonly said: Readonly<Record<string, string>>;
}

/** What came of one request: its status and text, or the code of the error that came instead and its message. */
export interface Outcome {
  readonly code: number | string;
  readonly text: string;
}

interface CountedPhase {
  requests: number;
  readonly failed: Record<string, number>;
  readonly said: Record<string, string>;
}

/** Counts answers by the phase in which each request began: a failure belongs to what was going on then. */
export class Tally {
  readonly #phases = new Map<string, CountedPhase>();

  count(phase: string, outcome: Outcome): void {
    const counted = this.#phases.get(phase) ?? { requests: 0, failed: {}, said: {} };
    this.#phases.set(phase, counted);
    counted.requests += 1;
    if (succeeded(outcome)) return;
    const { code, text } = outcome;
    counted.failed[code] = (counted.failed[code] ?? 0) + 1;
    counted.said[code] ??= text;
  }

  get phases(): readonly Phase[] {
    return [...this.#phases].map(([name, counted]) => ({ name, ...counted }));
  }
}

export function succeeded({ code }: Outcome): boolean {
  return typeof code === 'number' && code >= 200 && code < 300;
}

export function failures({ failed }: Phase): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0);
}
