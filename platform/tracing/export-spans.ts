import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '#platform/tracing/config.ts';
import { ExportState } from '#platform/tracing/export-state.ts';
import { type CollectorConfig, exportersFor } from '#platform/tracing/exporters.ts';
import { overflowMeter } from '#platform/tracing/overflow-meter.ts';
import { WatchedExporter } from '#platform/tracing/watched-exporter.ts';

interface SpanExport {
  readonly spanProcessors: SpanProcessor[];
  readonly exports: readonly ExportState[];
}

/**
 * A bounded queue for each exporter that the environment names, or for `fallback` where it names none. Requests never
 * wait for a collector: what does not fit is dropped and counted.
 */
export async function exportSpans(
  config: TracingConfig,
  { fallback = {} }: { fallback?: Partial<CollectorConfig> } = {},
): Promise<SpanExport> {
  const named = await exportersFor(config);
  const exporters =
    named.size > 0 || config.OTEL_TRACES_EXPORTER ? named : await exportersFor({ ...config, ...fallback });
  const timeoutMs = config.OTEL_BSP_EXPORT_TIMEOUT;
  const queues = [...exporters].map(([name, exporter]) => {
    const state = new ExportState(name);
    return { state, processor: queue(new WatchedExporter({ exporter, state, timeoutMs }), state, config) };
  });
  return {
    spanProcessors: queues.map(({ processor }) => processor),
    exports: queues.map(({ state }) => state),
  };
}

function queue(exporter: WatchedExporter, state: ExportState, config: TracingConfig): SpanProcessor {
  return new BatchSpanProcessor({
    exporter,
    selfObsMeterProvider: overflowMeter((spans) => state.overflowed(spans)),
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    // The watched exporter answers before this passes.
    exportTimeoutMillis: config.OTEL_BSP_EXPORT_TIMEOUT + 1_000,
  });
}
