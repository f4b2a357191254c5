import { isIP } from 'node:net';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { ISTIO, MESH101 } from '#mesh/istiod/envoy/names.ts';
import { endpointFacts } from '#mesh/istiod/envoy/telemetry/labels.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import type { Endpoint, Service } from '#mesh/istiod/model/service.ts';
import { ownValue } from '#mesh/own-value.ts';

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
export function loadAssignment(options: LoadAssignmentOptions): envoy.LoadAssignment {
  const { cluster, service, labels } = options;
  const endpoints = service.endpoints
    .filter(({ ready }) => ready)
    .filter((endpoint) =>
      Object.entries(labels).every(([key, value]) => ownValue(endpoint.labels, key) === value),
    )
    .flatMap((endpoint) => lbEndpoint(endpoint, options));
  return { cluster_name: cluster, endpoints: endpoints.length > 0 ? [{ lb_endpoints: endpoints }] : [] };
}

/** Whether some addresses are names that Envoy must resolve. */
export function hasHostNames({ endpoints }: Service): boolean {
  return endpoints.some(({ address }) => isIP(address) === 0);
}

export function socketAddress(address: string, port: number): envoy.Address {
  return { socket_address: { address, port_value: port } };
}

function lbEndpoint(endpoint: Endpoint, { port, described }: LoadAssignmentOptions): envoy.LbEndpoint[] {
  const target = endpoint.ports[port];
  return target === undefined
    ? []
    : [
        {
          endpoint: { address: socketAddress(endpoint.address, target) },
          metadata: { filter_metadata: endpointMetadata(endpoint, { port, described }) },
          load_balancing_weight: endpoint.weight,
        },
      ];
}

/** Which transport socket an endpoint takes, and which pod it is. */
function endpointMetadata(
  endpoint: Endpoint,
  { port, described }: Pick<LoadAssignmentOptions, 'port' | 'described'>,
): Readonly<Record<string, JsonObject | undefined>> {
  const { plainPorts = [], pod } = endpoint;
  const mutualTls = endpoint.mutualTls && !plainPorts.includes(port);
  return {
    'envoy.transport_socket_match': mutualTls ? { tlsMode: 'istio' } : undefined,
    [ISTIO]: pod ? { workload: workload(pod, endpoint) } : undefined,
    [MESH101]: pod ? { pod, ...(described && endpointFacts(endpoint)) } : undefined,
  };
}

/** `name;namespace;canonical name;canonical revision;cluster`, as Istio's telemetry reads it. */
function workload(pod: string, { labels, workload: deployment }: Endpoint): string {
  const namespace = pod.slice(pod.lastIndexOf('.') + 1);
  const name = deployment ?? pod.slice(0, pod.lastIndexOf('.'));
  const app = labels['app.kubernetes.io/name'] ?? labels['app'] ?? '';
  return [name, namespace, app, labels['version'] ?? '', 'Kubernetes'].join(';');
}
