import type { Plan } from '#services/load/plan.ts';
import type { Result } from '#services/load/result.ts';

/** The result of a run with the field names of fortio's JSON. Times are in seconds, `ActualDuration` in nanoseconds. */
export function jsonReport(result: Result, plan: Plan, startedAt: Date): string {
  const { count, min, max, sum, average, deviation, ranges, elapsed } = result;
  let before = 0;
  const report = {
    RunType: 'HTTP',
    Labels: plan.labels,
    StartTime: startedAt.toISOString(),
    RequestedQPS: plan.qps > 0 ? String(plan.qps) : 'max',
    RequestedDuration: plan.requests > 0 ? `exactly ${plan.requests} calls` : `${plan.duration / 1000}s`,
    ActualQPS: result.qps,
    ActualDuration: Math.round(elapsed * 1e9),
    NumThreads: plan.connections,
    Exactly: plan.requests,
    URL: plan.url.href,
    KeepAlive: plan.keepAlive,
    SocketCount: result.sockets,
    RetCodes: Object.fromEntries([...result.codes].map(([code, times]) => [String(code), times])),
    DurationHistogram: {
      Count: count,
      Min: count > 0 ? min : 0,
      Max: max,
      Sum: sum,
      Avg: average,
      StdDev: deviation,
      Data: ranges.map(({ start, end, count: times }) => {
        before += times;
        return { Start: start, End: end, Percent: (100 * before) / count, Count: times };
      }),
      Percentiles: plan.percentiles.map((percent) => ({
        Percentile: percent,
        Value: count > 0 ? result.percentile(percent) : 0,
      })),
    },
    HeaderBytes: result.headerBytes,
    BodyBytes: result.bodyBytes,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
