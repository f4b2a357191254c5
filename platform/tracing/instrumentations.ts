import { createRequire } from 'node:module';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { lean } from '#platform/tracing/lean-tracer.ts';
import { PROBES } from '#platform/tracing/probe-paths.ts';
import { describeServerSpan } from '#platform/tracing/server-span.ts';

/** A span for each request that a service gets (node:http) or makes (undici). */
export function instrumentations() {
  return [
    lean(
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => PROBES.has(url),
        applyCustomAttributesOnSpan: describeServerSpan,
        // Services call others with undici; what uses node:http is the exporters.
        disableOutgoingRequestInstrumentation: true,
      }),
    ),
    lean(new UndiciInstrumentation()),
  ];
}

/**
 * Has node:http changed now. The instrumentation waits until somebody calls `require`, which an ES module never does;
 * what it changes, `Server.prototype`, is the same for both.
 */
export function instrumentHttp(): void {
  createRequire(import.meta.url)('node:http');
}
