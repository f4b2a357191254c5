import { unavailable } from '#services/productpage/unavailable.ts';

/** A part of the page that a service did not deliver. */
export interface Missing {
  readonly ok: false;
  readonly title: string;
  readonly text: string;
  /** For people who try faults: how the call ended. */
  readonly reason: string;
}

export function missing(part: 'details' | 'reviews', reason: string): Missing {
  return {
    ok: false,
    title: `Error fetching product ${part}!`,
    text: unavailable(part),
    reason: `${part}: ${reason}`,
  };
}
