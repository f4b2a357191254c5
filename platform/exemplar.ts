import { Counter, type OpenMetricsContentType, type Registry } from 'prom-client';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';

/** The exemplar of a trace, by the label that Grafana and Prometheus expect. */
export function exemplarLabels({ traceId }: TraceReference): { trace_id: string } {
  return { trace_id: traceId };
}

interface TracedCounterOptions<Label extends string> {
  readonly registry: Registry<OpenMetricsContentType>;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

/** Counts one more. */
export type Count<Label extends string> = (
  labels: Readonly<Record<Label, string | number>>,
  trace: TraceReference | undefined,
) => void;

/** A counter whose last kept trace can be looked up. */
export function tracedCounter<Label extends string>({
  registry,
  labelNames,
  ...description
}: TracedCounterOptions<Label>): Count<Label> {
  const options = { ...description, labelNames: [...labelNames], registers: [registry] };
  const counter = new Counter<string>({ ...options, enableExemplars: true });
  return (labels, trace) => {
    counter.inc(trace?.sampled ? { labels, exemplarLabels: exemplarLabels(trace) } : { labels });
  };
}
