import { createRequire } from 'node:module';
import type { Attributes, SpanOptions, Tracer, TracerProvider } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
  ATTR_URL_QUERY,
} from '@opentelemetry/semantic-conventions';
import { describeServerSpan, PROBES } from '#platform/tracing/server-span.ts';

/** A span for each request that a service gets (node:http) or makes (undici). */
export function instrumentations() {
  return [
    lean(
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => PROBES.has(url),
        applyCustomAttributesOnSpan: describeServerSpan,
        // Services call others with undici; only the exporters use node:http.
        disableOutgoingRequestInstrumentation: true,
      }),
    ),
    lean(new UndiciInstrumentation()),
  ];
}

/**
 * Makes the instrumentation change node:http now. It waits for a call of `require`, which ES modules never make;
 * what it changes, `Server.prototype`, is the same for both.
 */
export function instrumentHttp(): void {
  createRequire(import.meta.url)('node:http');
}

/** What a request's span begins with; the status and the route come with the answer. */
const KEPT = [
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
  ATTR_URL_QUERY,
  ATTR_SERVER_ADDRESS,
] as const;

/**
 * Makes an instrumentation set a few attributes on spans, not a dozen. The others repeat what the mesh's own spans
 * say, too (peers, ports, user agents), and each is checked, copied, written and sent with every span: four spans with
 * twelve attributes cost twice as much time as four with five.
 */
function lean<T extends Instrumentation>(instrumentation: T): T {
  const setTracerProvider = instrumentation.setTracerProvider.bind(instrumentation);
  instrumentation.setTracerProvider = (provider) => setTracerProvider(leanProvider(provider));
  return instrumentation;
}

function leanProvider(provider: TracerProvider): TracerProvider {
  return { getTracer: (name, version, options) => leanTracer(provider.getTracer(name, version, options)) };
}

/** The instrumentations of requests only call `startSpan`. */
function leanTracer(tracer: Tracer): Tracer {
  return {
    startSpan: (name, options, context) => tracer.startSpan(name, leanOptions(options), context),
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}

function leanOptions(options: SpanOptions = {}): SpanOptions {
  const all = options.attributes ?? {};
  const attributes: Attributes = {};
  for (const name of KEPT) if (all[name]) attributes[name] = all[name];
  return { ...options, attributes };
}
