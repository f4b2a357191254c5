import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { configPath, originMetadata } from '#mesh/envoy/origin-metadata.ts';
import type { Service } from '#mesh/model/service.ts';
import type { Subset } from '#mesh/model/traffic-policy.ts';

/** The DestinationRule that shapes a cluster, and the line that does: its subset, itself, else the service. */
export function clusterMetadata(service: Service, subset?: Subset): JsonObject {
  const { destinationRule: rule, name, namespace, host } = service;
  return originMetadata(
    present({
      config: rule && configPath({ kind: 'destination-rule', name: rule.name, namespace: rule.namespace }),
      subset: subset?.name,
      services: [{ name, namespace, host }],
      external: service.location === 'MESH_EXTERNAL' ? true : undefined,
    }),
    subset?.source ?? rule?.source ?? service.source,
  );
}
