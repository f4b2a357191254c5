import { isIP } from 'node:net';
import { circuitBreakers } from '#mesh/istiod/envoy/clusters/policy.ts';
import { staticCluster } from '#mesh/istiod/envoy/clusters/static-cluster.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { type Observer, type Side, sideTelemetry, type ZipkinCollector } from '#mesh/istiod/envoy/scope.ts';
import type { TraceTag, TracingPolicy } from '#mesh/istiod/model/telemetry.ts';

/**
 * How an HTTP connection manager makes spans, as Istio sets it up, with one difference: each try that a sidecar makes
 * is a span too, so that retries can be seen where they are made; Istio does that in gateways only. Undefined where
 * none are made; headers of traces are then passed on untouched.
 */
export function tracing(observer: Observer, side: Side): envoy.Tracing | undefined {
  const { tracing: policy } = sideTelemetry(observer, side);
  if (!observer.zipkin || !policy.enabled) return undefined;
  return {
    client_sampling: { value: 100 },
    random_sampling: { value: policy.sampling },
    overall_sampling: { value: 100 },
    spawn_upstream_span: side.kind === 'client' ? true : undefined,
    custom_tags: customTags(observer, policy),
    provider: zipkinTracer(observer.zipkin),
  };
}

/** The tags of a proxy's spans, by name: the user's, and Istio's own. */
export function customTags(observer: Observer, { tags, istioTags }: TracingPolicy): envoy.CustomTag[] {
  const all: Record<string, TraceTag> = { ...(istioTags && ownTags(observer)), ...tags };
  return Object.entries(all)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([tag, value]) => ({ tag, ...envoyTag(value) }));
}

function ownTags({ identity, trustDomain }: Observer): Record<string, TraceTag> {
  const { canonicalService, canonicalRevision, namespace, cluster } = identity;
  return {
    'istio.canonical_revision': { literal: canonicalRevision },
    'istio.canonical_service': { literal: canonicalService },
    'istio.cluster_id': { literal: cluster },
    'istio.mesh_id': { literal: trustDomain },
    'istio.namespace': { literal: namespace },
  };
}

function envoyTag(tag: TraceTag): envoy.CustomTag {
  if ('literal' in tag) return { literal: { value: tag.literal } };
  if ('format' in tag) return { value: tag.format };
  if ('header' in tag) return { request_header: { name: tag.header, default_value: tag.defaultValue } };
  return { environment: { name: tag.environment, default_value: tag.defaultValue } };
}

/** As Istio names the collector of a proxy's bootstrap. */
const ZIPKIN = 'zipkin';

/** Envoy's Zipkin tracer, the only one that reads and writes B3 headers; fields as Istio sets them. */
export function zipkinTracer({ host, port, path }: ZipkinCollector): envoy.Tracer {
  return {
    name: 'envoy.tracers.zipkin',
    typed_config: typed('envoy.config.trace.v3.ZipkinConfig', {
      trace_id_128bit: true,
      shared_span_context: false,
      collector_endpoint_version: 'HTTP_JSON',
      collector_service: {
        http_uri: { uri: `http://${host}:${port}${path}`, cluster: ZIPKIN, timeout: '5s' },
      },
    }),
  };
}

/** The collector itself. */
export function zipkinCluster({ host, port }: ZipkinCollector): envoy.Cluster {
  return {
    ...staticCluster({ name: ZIPKIN, address: host, port }),
    circuit_breakers: circuitBreakers(),
    ...(isIP(host) === 0 && {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_PREFERRED',
      wait_for_warm_on_init: false,
    }),
  };
}

/** Bootstrap runtime values: a span is sent half a second after its request, not five. */
export const TRACING_RUNTIME: JsonObject = { 'tracing.zipkin.flush_interval_ms': 500 };
