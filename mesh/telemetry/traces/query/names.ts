import { type Span, serviceOf } from '#mesh/telemetry/traces/span.ts';
import type { StoredTrace } from '#mesh/telemetry/traces/store/trace-store.ts';

/** The services that have made spans, in alphabetical order. */
export function serviceNames(traces: Iterable<StoredTrace>): readonly string[] {
  return sorted(traces, serviceOf);
}

/** The operations of a service, or of all. */
export function operationNames(
  traces: Iterable<StoredTrace>,
  service: string | undefined,
): readonly string[] {
  return sorted(traces, (span) =>
    service === undefined || serviceOf(span) === service ? span.name : undefined,
  );
}

/** Whom a service has called. */
export function remoteServiceNames(traces: Iterable<StoredTrace>, service: string): readonly string[] {
  return sorted(traces, (span) =>
    serviceOf(span) === service ? span.remoteEndpoint?.serviceName : undefined,
  );
}

function sorted(
  traces: Iterable<StoredTrace>,
  nameOf: (span: Span) => string | undefined,
): readonly string[] {
  const names = new Set<string>();
  for (const { spans } of traces) {
    for (const span of spans) {
      const name = nameOf(span);
      if (name) names.add(name);
    }
  }
  return [...names].sort();
}
