import {
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import type { TracingConfig } from '#platform/tracing/config.ts';

/**
 * Writes the x-b3-* headers, which Envoy's Zipkin tracer reads; reads those, a single `b3`, or else a `traceparent`.
 * Nothing where OTEL_PROPAGATORS is set: the SDK then makes what that names.
 */
export function b3Propagation({ OTEL_PROPAGATORS }: Pick<TracingConfig, 'OTEL_PROPAGATORS'>): {
  textMapPropagator?: TextMapPropagator;
} {
  return OTEL_PROPAGATORS === undefined ? { textMapPropagator: new B3First() } : {};
}

/** A composite of both would also write both, and a request with two traces is what a mesh must not see. */
class B3First implements TextMapPropagator {
  readonly #b3 = new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
  readonly #w3c = new W3CTraceContextPropagator();

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    this.#b3.inject(context, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const found = this.#b3.extract(context, carrier, getter);
    return trace.getSpanContext(found) ? found : this.#w3c.extract(context, carrier, getter);
  }

  fields(): string[] {
    return this.#b3.fields();
  }
}
