import type { Ratings, RatingsStore } from '#services/ratings/store.ts';

/** The ratings of a product that nobody has rated yet. */
const INITIAL: Ratings = { Reviewer1: 5, Reviewer2: 4 };

/** Anybody may store ratings, so the number of products needs a limit; the oldest gives way. */
const MOST_PRODUCTS = 1_000;

/** Keeps ratings as long as the process lives. */
export function createMemoryStore(): RatingsStore {
  const stored = new Map<number, Ratings>();
  return {
    async read(productId) {
      return { ok: true, ratings: stored.get(productId) ?? INITIAL };
    },
    write(productId, ratings) {
      stored.delete(productId);
      stored.set(productId, ratings);
      const [oldest] = stored.keys();
      if (stored.size > MOST_PRODUCTS && oldest !== undefined) stored.delete(oldest);
    },
    async close() {},
  };
}
