import { NodeSDK } from '@opentelemetry/sdk-node';
import { exportSpans } from '#platform/tracing/export-spans.ts';
import { instrumentations } from '#platform/tracing/instrumentations.ts';
import { b3Propagation } from '#platform/tracing/propagator.ts';
import { leanSdk, type SdkOptions } from '#platform/tracing/sdk-options.ts';
import { sdkTracing } from '#platform/tracing/sdk-tracing.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** Where Jaeger's agent listens on the same machine, unless something else is said. */
const LOCAL_JAEGER = { JAEGER_HOST: 'localhost' };

/**
 * Variant 3, `TRACING=full`: what `simple` does, an exporter in any case, and spans of the service's own, which it makes
 * through @opentelemetry/api (services/chain/own-spans.ts).
 */
export async function startFull(options: SdkOptions): Promise<Tracing> {
  const { spanProcessors, exports } = await exportSpans(options.config, { fallback: LOCAL_JAEGER });
  const sdk = new NodeSDK({
    ...leanSdk(options),
    instrumentations: instrumentations(),
    ...b3Propagation(options.config),
    spanProcessors,
  });
  sdk.start();
  return sdkTracing({ sdk, exports, label: 'opentelemetry full' });
}
