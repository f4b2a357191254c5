import { NodeSDK } from '@opentelemetry/sdk-node';
import { withCallSpans } from '#platform/tracing/call-spans.ts';
import { exportSpans } from '#platform/tracing/export-spans.ts';
import { b3Propagation } from '#platform/tracing/propagator.ts';
import { withinRequestSpan } from '#platform/tracing/request-spans.ts';
import { leanSdk, type SdkOptions } from '#platform/tracing/sdk-options.ts';
import { sdkTracing } from '#platform/tracing/sdk-tracing.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** Where Jaeger's agent listens on the same machine, unless something else is said. */
const LOCAL_JAEGER = { JAEGER_HOST: 'localhost' };

/**
 * Variant 3, `TRACING=full`: every span is made by hand through @opentelemetry/api: one for each request, one for each call,
 * and those of the service's own work (services/chain/own-spans.ts). There is an exporter in any case.
 */
export async function startFull(options: SdkOptions): Promise<Tracing> {
  const { spanProcessors, exports } = await exportSpans(options.config, { fallback: LOCAL_JAEGER });
  const sdk = new NodeSDK({
    ...leanSdk(options),
    instrumentations: [],
    ...b3Propagation(options.config),
    spanProcessors,
  });
  sdk.start();
  const tracing = sdkTracing({ sdk, exports, label: 'opentelemetry full' });
  return { ...tracing, spans: { request: withinRequestSpan, calls: withCallSpans } };
}
