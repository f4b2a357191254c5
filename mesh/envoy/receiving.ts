import type { WeightedDestination } from '#mesh/model/route.ts';

/** Destinations of weight 0 get nothing, and Envoy refuses a total of 0. */
export function receiving<T extends WeightedDestination>(destinations: readonly T[]): readonly T[] {
  const weighted = destinations.filter(({ weight }) => weight > 0);
  return weighted.length > 0 ? weighted : destinations.slice(0, 1);
}
