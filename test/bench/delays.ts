/** How long the server waits at least, in milliseconds. */
const LEAST = 10;
/** What it waits beyond that, in the mean. */
const MEAN_OF_MORE = 15;
/** The longest of a thousand is the longest of all, so that no connection is late for its next turn. */
const LONGEST_SHARE = 0.999;
/** Multiples of it leave the gaps of the unit interval as even as can be (Weyl's sequence). */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** The delay, in milliseconds, that this share of the requests does not exceed. */
export function delayAt(share: number): number {
  return LEAST - MEAN_OF_MORE * Math.log(1 - Math.min(share, LONGEST_SHARE));
}

/**
 * Delays one after the other, distributed as `delayAt` says. Any run of some thousand of them has the same percentiles, wherever it
 * begins: what two clients that take different ones see can be compared.
 *
 * @param seed from 0 to 1, where the sequence begins
 */
export function delaysFrom(seed: number): () => number {
  let index = 0;
  return () => delayAt((seed + GOLDEN_RATIO * ++index) % 1);
}
