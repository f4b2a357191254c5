import { serviceCluster } from '#mesh/envoy/clusters/service-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import type { Service } from '#mesh/model/service.ts';
import type { TrafficPolicy } from '#mesh/model/traffic-policy.ts';

/** A cluster for every service, port and subset of the mesh. */
export function serviceClusters(services: readonly Service[], observer: Observer | undefined): JsonObject[] {
  const described = observer?.metrics ?? false;
  return services.flatMap((service) =>
    service.ports.flatMap((port) => [
      serviceCluster({ service, port, described }),
      ...service.subsets.map((subset) => serviceCluster({ service, port, subset, described })),
    ]),
  );
}

/**
 * One connection for each request: kube-proxy keeps none of its own, and a pod that begins to demand certificates
 * (STRICT) must refuse the next request, not the one after its old connections have ended.
 */
const TAKING_TURNS: TrafficPolicy = {
  tls: { mode: 'DISABLE' },
  loadBalancer: { simple: 'ROUND_ROBIN' },
  connectionPool: { maxRequestsPerConnection: 1 },
};

/** The clusters without a mesh: plain, taking turns, no subsets and no policy. */
export function plainClusters(services: readonly Service[]): JsonObject[] {
  return services.flatMap(({ destinationRule: _, ...service }) =>
    service.ports.map((port) =>
      serviceCluster({ service, port: { ...port, trafficPolicies: { '': TAKING_TURNS } } }),
    ),
  );
}
