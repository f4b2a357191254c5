import { Counter, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';
import { exemplarLabels } from '#platform/exemplar.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';

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

/** An observation whose trace can be looked up. */
interface Kept {
  readonly seconds: number;
  readonly trace: TraceReference;
}

/** One series of the histogram. */
interface Series {
  readonly observe: Observe;
  /** Records the observation that is held back. */
  flush(): void;
}

/**
 * A histogram, and the counter that has the same numbers without the times. The counter is derived from the histogram when it is
 * read, so that a request pays for one observation. Each series is looked up once, since finding it by its labels
 * takes prom-client longer than counting in it.
 */
export function countedSeries({ registry, labelNames, count, time }: CountedOptions) {
  const registers = [registry];
  const names = [...labelNames];
  const known = new Map<string, Series>();
  const histogram = new Histogram({
    ...{ ...time, labelNames: names, registers, buckets: BUCKETS },
    enableExemplars: true,
    collect() {
      for (const series of known.values()) series.flush();
    },
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
  return (key: string, labelsOf: () => Labels): Observe => {
    const before = known.get(key);
    if (before) return before.observe;
    const series = seriesOf(histogram, labelsOf());
    known.set(key, series);
    return series.observe;
  };
}

/**
 * An observation with an exemplar takes prom-client several times as long as one without. Of all kept traces in a bucket only the last
 * becomes its exemplar, so this class holds the last one back until a scrape, and observes the others without.
 */
function seriesOf(histogram: Histogram, labels: Labels): Series {
  const series = histogram.labels(labels);
  const held = new Map<number, Kept>();
  return {
    observe(seconds, trace) {
      if (!trace?.sampled) {
        series.observe(seconds);
        return;
      }
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      const before = held.get(bucket);
      if (before) series.observe(before.seconds);
      held.set(bucket, { seconds, trace });
    },
    flush() {
      for (const { seconds, trace } of held.values())
        histogram.observe({ labels, value: seconds, exemplarLabels: exemplarLabels(trace) });
      held.clear();
    },
  };
}
