import { Counter, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';
import { exemplarLabels } from '#platform/exemplar.ts';
import type { TraceReference } from '#platform/tracing/tracing.ts';

/** Seconds. From a bare hop on loopback (1 ms) to the time-outs. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface CountedOptions {
  readonly registry: Registry<OpenMetricsContentType>;
  readonly labelNames: readonly string[];
  readonly count: { readonly name: string; readonly help: string };
  readonly time: { readonly name: string; readonly help: string };
}

type Labels = Readonly<Record<string, string | number>>;
type Observe = (seconds: number, trace: TraceReference | undefined) => void;

/**
 * A histogram and the counter that says the same without the times. The counter is made of the histogram when it is
 * asked for, so that a request pays for one observation; and each series is looked up once, since by its labels
 * prom-client takes longer to find it than to count in it. Only a trace that is kept pays for the longer way, on which
 * its id becomes the bucket's exemplar.
 */
export function countedSeries({ registry, labelNames, count, time }: CountedOptions) {
  const registers = [registry];
  const names = [...labelNames];
  const histogram = new Histogram({
    ...{ ...time, labelNames: names, registers, buckets: BUCKETS },
    enableExemplars: true,
  });
  new Counter({
    ...{ ...count, labelNames: names, registers },
    async collect() {
      this.reset();
      const { values } = await histogram.get();
      for (const { metricName, labels, value } of values) {
        if (metricName === `${time.name}_count`) this.inc(labels, value);
      }
    },
  });
  const known = new Map<string, Observe>();
  return (key: string, labelsOf: () => Labels): Observe => {
    const before = known.get(key);
    if (before) return before;
    const labels = labelsOf();
    const series = histogram.labels(labels);
    const observe: Observe = (seconds, trace) => {
      if (trace?.sampled)
        histogram.observe({ labels, value: seconds, exemplarLabels: exemplarLabels(trace) });
      else series.observe(seconds);
    };
    known.set(key, observe);
    return observe;
  };
}
