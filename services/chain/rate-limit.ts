/**
 * A token bucket: `perSecond` requests on average, and as many at once. Gives true for a request that may pass.
 */
export function createRateLimit(perSecond: number, now: () => number): () => boolean {
  const capacity = Math.max(1, perSecond);
  let tokens = capacity;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(capacity, tokens + ((time - filledAt) / 1000) * perSecond);
    filledAt = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
