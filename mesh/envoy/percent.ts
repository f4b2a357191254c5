import type { JsonObject } from '#mesh/envoy/config.ts';

/** A FractionalPercent, in millionths as Istio writes them, so that 12.5 % stays exact. */
export function fractionalPercent(percentage: number): JsonObject {
  return { numerator: Math.round(percentage * 10_000), denominator: 'MILLION' };
}
