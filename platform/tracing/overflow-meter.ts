import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';

/**
 * A meter that hears of nothing but the spans for which a batch processor's queue has no room: the processor tells it in
 * no other way (OpenTelemetry semantic conventions, `otel.sdk.processor.span.processed`).
 */
export function overflowMeter(overflowed: (spans: number) => void): MeterProvider {
  const meter = Object.assign(createNoopMeter(), {
    createCounter: () => ({
      add(spans: number, attributes?: Record<string, unknown>) {
        if (attributes?.[ATTR_ERROR_TYPE] === 'queue_full') overflowed(spans);
      },
    }),
  });
  return { getMeter: () => meter };
}
