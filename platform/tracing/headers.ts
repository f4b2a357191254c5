import { APPLICATION_HEADERS, TRACE_HEADERS } from '#platform/headers.ts';
import { traceOf } from '#platform/tracing/header-trace.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/**
 * Variant 1, `TRACING=headers`: no SDK. The sidecars make the spans; the service only copies the headers by which they
 * know that its requests belong together.
 */
export const headersTracing: Tracing = {
  forwards: new Set([...APPLICATION_HEADERS, ...TRACE_HEADERS]),
  traceOf,
  exports: [],
  shutdown: async () => {},
};
