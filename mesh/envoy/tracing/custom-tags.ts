import type { JsonObject } from '#mesh/envoy/config.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import type { TraceTag, TracingPolicy } from '#mesh/model/telemetry.ts';

/** The tags of a proxy's spans, by name: the user's, and Istio's own. */
export function customTags(observer: Observer, { tags, istioTags }: TracingPolicy): JsonObject[] {
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

function envoyTag(tag: TraceTag): JsonObject {
  if ('literal' in tag) return { literal: { value: tag.literal } };
  if ('format' in tag) return { value: tag.format };
  if ('header' in tag) return { request_header: { name: tag.header, default_value: tag.defaultValue } };
  return { environment: { name: tag.environment, default_value: tag.defaultValue } };
}
