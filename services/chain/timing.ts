import type { Random } from '#platform/random.ts';
import type { ChainConfig } from '#services/chain/config.ts';

type TimingConfig = Pick<
  ChainConfig,
  'TIMING_50_PERCENTILE' | 'TIMING_90_PERCENTILE' | 'TIMING_99_PERCENTILE' | 'TIMING_VARIANCE'
>;

/**
 * Draws response delays, in milliseconds, whose median, 90th and 99th percentile are the configured ones: half of them
 * are the median, and the rest lies on the straight lines between the percentiles. Undefined without configuration.
 */
export function createTiming(config: TimingConfig, random: Random): (() => number) | undefined {
  const p50 = config.TIMING_50_PERCENTILE ?? 0;
  const p90 = config.TIMING_90_PERCENTILE ?? p50;
  const p99 = config.TIMING_99_PERCENTILE ?? p90;
  if (p99 === 0) return undefined;
  const variance = config.TIMING_VARIANCE / 100;
  return () => {
    const u = random();
    const delay = u < 0.9 ? between(p50, p90, (u - 0.5) / 0.4) : between(p90, p99, (u - 0.9) / 0.09);
    return variance === 0 ? delay : delay * (1 + variance * (2 * random() - 1));
  };
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share));
}
