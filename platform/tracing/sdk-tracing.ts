import { setTimeout as sleep } from 'node:timers/promises';
import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api';
import type { NodeSDK } from '@opentelemetry/sdk-node';
import { APPLICATION_HEADERS } from '#platform/headers.ts';
import type { ExportState } from '#platform/tracing/export-state.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

interface SdkTracingOptions {
  readonly sdk: NodeSDK;
  readonly exports: readonly ExportState[];
  readonly label: string;
}

/** A started SDK as a service sees it. Its propagator alone writes the trace's headers, so those are not forwarded. */
export function sdkTracing({ sdk, exports, label }: SdkTracingOptions): Tracing {
  return {
    label,
    forwards: APPLICATION_HEADERS,
    traceOf() {
      const context = trace.getActiveSpan()?.spanContext();
      if (!context || !isSpanContextValid(context)) return undefined;
      return { traceId: context.traceId, sampled: (context.traceFlags & TraceFlags.SAMPLED) !== 0 };
    },
    exports,
    async shutdown(timeoutMs) {
      const abandon = new AbortController();
      const late = sleep(timeoutMs, undefined, { signal: abandon.signal }).catch(() => {});
      await Promise.race([sdk.shutdown().catch(() => {}), late]);
      abandon.abort();
    },
  };
}
