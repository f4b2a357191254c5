import { Counter, type OpenMetricsContentType, type Registry } from 'prom-client';
import type { ExportState, Loss } from '#platform/tracing/watched-exporter.ts';

/** What happened to finished spans: the exporters count, and a scrape reads. */
export function spanMetrics(
  registry: Registry<OpenMetricsContentType>,
  exports: readonly ExportState[],
): void {
  if (exports.length === 0) return;
  const registers = [registry];
  new Counter({
    name: 'otel_spans_exported_total',
    help: 'Spans that a collector has accepted; by UDP (jaeger): spans sent',
    labelNames: ['exporter'],
    registers,
    collect() {
      this.reset();
      for (const { exporter, exported } of exports) this.inc({ exporter }, exported);
    },
  });
  new Counter({
    name: 'otel_spans_dropped_total',
    help: 'Spans lost: the queue was full, the collector refused them or could not be reached, or it did not answer in time',
    labelNames: ['exporter', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { exporter, dropped } of exports)
        for (const reason of Object.keys(dropped) as Loss[]) this.inc({ exporter, reason }, dropped[reason]);
    },
  });
}
