import { z } from 'zod';
import type { ClientRun } from '#test/bench/clients/client.ts';

/** What is read of fortio's JSON, which load has as well. Times are in seconds, `ActualDuration` in nanoseconds. */
const report = z.object({
  ActualDuration: z.number().positive(),
  RetCodes: z.record(z.string(), z.number()),
  DurationHistogram: z.object({
    Count: z.number(),
    Percentiles: z.array(z.object({ Percentile: z.number(), Value: z.number() })),
  }),
});

/** Reads a run's JSON; throws when a request was answered with anything but 200. */
export function readFortioReport(text: string): Omit<ClientRun, 'cpuSeconds'> {
  const { ActualDuration, RetCodes, DurationHistogram } = report.parse(JSON.parse(text));
  const { Count, Percentiles } = DurationHistogram;
  const requests = RetCodes['200'] ?? 0;
  if (requests === 0 || requests !== Count)
    throw new Error(`not all of ${Count} requests were answered with 200: ${JSON.stringify(RetCodes)}`);
  return {
    requests,
    seconds: ActualDuration / 1e9,
    percentiles: Object.fromEntries(
      Percentiles.map(({ Percentile, Value }) => [Percentile, Value * 1000] as const),
    ),
  };
}
