import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { NodeSDK, NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { APPLICATION_HEADERS } from '#platform/headers.ts';
import type { TracingConfig } from '#platform/tracing/config.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';
import type { ExportState } from '#platform/tracing/watched-exporter.ts';

export interface SdkOptions {
  readonly config: TracingConfig;
  readonly name: string;
  readonly version: string | undefined;
}

/**
 * The SDK without the parts that nobody reads here: its metrics and logs (the service has its own), and the process and host
 * detectors, whose attributes (the whole command line) Zipkin and Jaeger would get with every single span.
 */
export function leanSdk({ name, version }: SdkOptions): Partial<NodeSDKConfiguration> {
  const attributes = { [ATTR_SERVICE_NAME]: name, [ATTR_SERVICE_VERSION]: version };
  return {
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins: detectors come last.
    resource: resourceFromAttributes(attributes),
    resourceDetectors: [envDetector],
    contextManager: new RequestContextManager(),
    metricReaders: [],
    logRecordProcessors: [],
  };
}

/**
 * Node's AsyncLocalStorage and nothing more. The stock manager also rewrites eight methods of every request and response
 * and wraps each listener, so that those run within the request's context, too. Handlers do not need it, since promises
 * and timers carry the context by themselves.
 */
class RequestContextManager extends AsyncLocalStorageContextManager {
  override bind<T>(context: Context, target: T): T {
    return target instanceof EventEmitter ? target : super.bind(context, target);
  }
}

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

/**
 * Writes the x-b3-* headers, which Envoy's Zipkin tracer reads; reads those, a single `b3`, or else a `traceparent`.
 * If OTEL_PROPAGATORS is set, this gives nothing, and the SDK makes the propagators that it names.
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
