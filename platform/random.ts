import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Gives a number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/**
 * A source of randomness: reproducible when seeded. The service's name is part of the seed: services that share a
 * RAND_SEED would otherwise all fail on the same requests.
 */
export function createRandom({ seed, name }: { seed: string | undefined; name: string }): Random {
  if (seed === undefined) return Math.random;
  const hash = createHash('sha256').update(`${seed}\0${name}`).digest();
  const generator = xoroshiro128plus(hash.readInt32LE(0));
  return () => uniformFloat64(generator);
}
