import { isIP } from 'node:net';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { ISTIO, MESH101 } from '#mesh/envoy/origin-metadata.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { Endpoint, Service } from '#mesh/model/service.ts';

export interface LoadAssignmentOptions {
  readonly cluster: string;
  readonly service: Service;
  readonly port: number;
  /** Only endpoints with these labels. */
  readonly labels: Labels;
}

/** A ClusterLoadAssignment: where a cluster's requests can go. */
export function loadAssignment({ cluster, service, port, labels }: LoadAssignmentOptions): JsonObject {
  const endpoints = service.endpoints
    .filter(({ ready }) => ready)
    .filter((endpoint) => Object.entries(labels).every(([key, value]) => endpoint.labels[key] === value))
    .flatMap((endpoint) => lbEndpoint(endpoint, port));
  return { cluster_name: cluster, endpoints: endpoints.length > 0 ? [{ lb_endpoints: endpoints }] : [] };
}

/** Whether some addresses are names that Envoy must resolve. */
export function hasHostNames({ endpoints }: Service): boolean {
  return endpoints.some(({ address }) => isIP(address) === 0);
}

export function socketAddress(address: string, port: number): JsonObject {
  return { socket_address: { address, port_value: port } };
}

function lbEndpoint(endpoint: Endpoint, port: number): JsonObject[] {
  const target = endpoint.ports[port];
  return target === undefined
    ? []
    : [
        present({
          endpoint: { address: socketAddress(endpoint.address, target) },
          metadata: { filter_metadata: endpointMetadata(endpoint) },
          load_balancing_weight: endpoint.weight,
        }),
      ];
}

/** Which transport socket an endpoint takes, and which pod it is. */
function endpointMetadata({ mutualTls, pod, labels }: Endpoint): JsonObject {
  return present({
    'envoy.transport_socket_match': mutualTls ? { tlsMode: 'istio' } : undefined,
    [ISTIO]: pod ? { workload: workload(pod, labels) } : undefined,
    [MESH101]: pod ? { pod } : undefined,
  });
}

/** `name;namespace;canonical name;canonical revision;cluster`, as Istio's telemetry reads it. */
function workload(pod: string, labels: Labels): string {
  const namespace = pod.slice(pod.lastIndexOf('.') + 1);
  const name = pod.slice(0, pod.lastIndexOf('.'));
  const app = labels['app.kubernetes.io/name'] ?? labels['app'] ?? '';
  return [name, namespace, app, labels['version'] ?? '', 'Kubernetes'].join(';');
}
