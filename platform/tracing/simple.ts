import { NodeSDK } from '@opentelemetry/sdk-node';
import { exportSpans } from '#platform/tracing/export-spans.ts';
import { instrumentations, instrumentHttp } from '#platform/tracing/instrumentations.ts';
import { b3Propagation, leanSdk, type SdkOptions, sdkTracing } from '#platform/tracing/sdk-options.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/**
 * Variant 2, `TRACING=simple`: automatic. The instrumentations make a span for each request that comes in or goes out,
 * and the propagator carries the trace in B3 headers. The rest of the service knows nothing about it.
 */
export async function startSimple(options: SdkOptions): Promise<Tracing> {
  const { spanProcessors, exports } = await exportSpans(options.config);
  const sdk = new NodeSDK({
    ...leanSdk(options),
    instrumentations: instrumentations(),
    ...b3Propagation(options.config),
    spanProcessors,
  });
  sdk.start();
  instrumentHttp();
  return sdkTracing({ sdk, exports, label: 'opentelemetry simple' });
}
