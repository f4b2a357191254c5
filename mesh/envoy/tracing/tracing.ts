import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { type Side, sideTelemetry } from '#mesh/envoy/observation/side.ts';
import { customTags } from '#mesh/envoy/tracing/custom-tags.ts';
import { zipkinTracer } from '#mesh/envoy/tracing/zipkin.ts';

/**
 * How an HTTP connection manager makes spans, as Istio sets it up, with one difference: each try that a sidecar makes
 * is a span too, so that retries can be seen where they are made; Istio does that in gateways only. Undefined where
 * none are made; headers of traces are then passed on untouched.
 */
export function tracing(observer: Observer, side: Side): JsonObject | undefined {
  const { tracing: policy } = sideTelemetry(observer, side);
  if (!observer.zipkin || !policy.enabled) return undefined;
  return present({
    client_sampling: { value: 100 },
    random_sampling: { value: policy.sampling },
    overall_sampling: { value: 100 },
    spawn_upstream_span: side.kind === 'client' ? true : undefined,
    custom_tags: customTags(observer, policy),
    provider: zipkinTracer(observer.zipkin),
  });
}
