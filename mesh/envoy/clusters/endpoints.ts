import { isIP } from 'node:net';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { endpointFacts } from '#mesh/envoy/metrics/label-sources.ts';
import { ISTIO, MESH101 } from '#mesh/envoy/origin-metadata.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { Endpoint, Service } from '#mesh/model/service.ts';

export interface LoadAssignmentOptions {
  readonly cluster: string;
  readonly service: Service;
  readonly port: number;
  /** Only endpoints with these labels. */
  readonly labels: Labels;
  /** Whether endpoints carry what metrics say of them. */
  readonly described: boolean;
}

/** A ClusterLoadAssignment: where a cluster's requests can go. */
export function loadAssignment(options: LoadAssignmentOptions): JsonObject {
  const { cluster, service, labels } = options;
  const endpoints = service.endpoints
    .filter(({ ready }) => ready)
    .filter((endpoint) => Object.entries(labels).every(([key, value]) => endpoint.labels[key] === value))
    .flatMap((endpoint) => lbEndpoint(endpoint, options));
  return { cluster_name: cluster, endpoints: endpoints.length > 0 ? [{ lb_endpoints: endpoints }] : [] };
}

/** Whether some addresses are names that Envoy must resolve. */
export function hasHostNames({ endpoints }: Service): boolean {
  return endpoints.some(({ address }) => isIP(address) === 0);
}

export function socketAddress(address: string, port: number): JsonObject {
  return { socket_address: { address, port_value: port } };
}

function lbEndpoint(endpoint: Endpoint, { port, described }: LoadAssignmentOptions): JsonObject[] {
  const target = endpoint.ports[port];
  return target === undefined
    ? []
    : [
        present({
          endpoint: { address: socketAddress(endpoint.address, target) },
          metadata: { filter_metadata: endpointMetadata(endpoint, described) },
          load_balancing_weight: endpoint.weight,
        }),
      ];
}

/** Which transport socket an endpoint takes, and which pod it is. */
function endpointMetadata(endpoint: Endpoint, described: boolean): JsonObject {
  const { mutualTls, pod } = endpoint;
  return present({
    'envoy.transport_socket_match': mutualTls ? { tlsMode: 'istio' } : undefined,
    [ISTIO]: pod ? { workload: workload(pod, endpoint) } : undefined,
    [MESH101]: pod ? { pod, ...(described && endpointFacts(endpoint)) } : undefined,
  });
}

/** `name;namespace;canonical name;canonical revision;cluster`, as Istio's telemetry reads it. */
function workload(pod: string, { labels, workload: deployment }: Endpoint): string {
  const namespace = pod.slice(pod.lastIndexOf('.') + 1);
  const name = deployment ?? pod.slice(0, pod.lastIndexOf('.'));
  const app = labels['app.kubernetes.io/name'] ?? labels['app'] ?? '';
  return [name, namespace, app, labels['version'] ?? '', 'Kubernetes'].join(';');
}
