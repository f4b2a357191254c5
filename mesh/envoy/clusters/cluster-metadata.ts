import type { ServiceClusterOptions } from '#mesh/envoy/clusters/service-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { serviceFacts } from '#mesh/envoy/metrics/label-sources.ts';
import { configPath, originMetadata } from '#mesh/envoy/origin-metadata.ts';

/** The DestinationRule that shapes a cluster, and the line that does: its subset, itself, else the service. */
export function clusterMetadata({ service, subset, port, described }: ServiceClusterOptions): JsonObject {
  const { destinationRule: rule, name, namespace, host } = service;
  return originMetadata(
    present({
      config: rule && configPath({ kind: 'destination-rule', name: rule.name, namespace: rule.namespace }),
      subset: subset?.name,
      services: [{ name, namespace, host }],
      external: service.location === 'MESH_EXTERNAL' ? true : undefined,
    }),
    subset?.source ?? rule?.source ?? service.source,
    described ? serviceFacts(service, port) : {},
  );
}
