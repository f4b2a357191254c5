/** How long to wait before a crashed program is started again. */
export interface Backoff {
  /** Milliseconds to wait after a run of `ranFor` milliseconds. */
  next(ranFor: number): number;
}

export interface BackoffOptions {
  readonly base: number;
  readonly cap: number;
  /** A run this long counts as recovered: the next crash waits `base` again. */
  readonly recovered: number;
}

/** Kubernetes doubles from 10 s up to 5 minutes; on a laptop somebody is watching. */
export const crashBackoff: BackoffOptions = { base: 200, cap: 10_000, recovered: 30_000 };

export function createBackoff({ base, cap, recovered }: BackoffOptions = crashBackoff): Backoff {
  let delay = base;
  return {
    next(ranFor) {
      if (ranFor >= recovered) {
        delay = base;
      }
      const wait = delay;
      delay = Math.min(delay * 2, cap);
      return wait;
    },
  };
}
