import type { JsonObject } from '#mesh/envoy/config.ts';
import { PASSTHROUGH } from '#mesh/envoy/names.ts';
import { MESH101 } from '#mesh/envoy/origin-metadata.ts';
import type { Endpoint, Protocol, Service, ServicePort } from '#mesh/model/service.ts';
import { type WorkloadIdentity, workloadIdentity } from '#mesh/model/workload-identity.ts';

/** The metadata namespace and key under which a server keeps what its caller says of itself. */
export const PEER = { namespace: 'mesh101.peer', key: 'workload' };

/** A workload's name, and so on, of the endpoint that a request went to. */
export function endpointLabel(key: keyof WorkloadIdentity): string {
  return `%UPSTREAM_METADATA(${MESH101}:${key})%`;
}

/** The same of the caller. */
export function peerLabel(key: keyof WorkloadIdentity): string {
  return `%DYNAMIC_METADATA(${PEER.namespace}:${PEER.key}:${key})%`;
}

/** A fact of the service that a request is for, from the cluster that it went to. */
export function serviceLabel(key: 'service' | 'service_name' | 'service_namespace' | 'protocol'): string {
  return `%CLUSTER_METADATA(${MESH101}:${key})%`;
}

/** What endpointLabel reads. */
export function endpointFacts({ pod = '', workload, labels }: Endpoint): JsonObject {
  const at = pod.lastIndexOf('.');
  const [name, namespace] = [pod.slice(0, at), pod.slice(at + 1)];
  return { ...workloadIdentity({ name, namespace, labels, ...(workload !== undefined && { workload }) }) };
}

/** What serviceLabel reads. */
export function serviceFacts({ host, name, namespace }: Service, { protocol }: ServicePort): JsonObject {
  return {
    service: host,
    service_name: name,
    service_namespace: namespace,
    protocol: requestProtocol(protocol),
  };
}

/** The same for hosts that nobody declared, which must not become labels: their number has no limit. */
export const PASSTHROUGH_FACTS: JsonObject = {
  service: 'unknown',
  service_name: PASSTHROUGH,
  service_namespace: 'unknown',
  protocol: 'http',
};

/** Istio's names: what is no HTTP is tcp. */
export function requestProtocol(protocol: Protocol): string {
  if (protocol === 'GRPC') return 'grpc';
  return protocol === 'HTTP' || protocol === 'HTTP2' ? 'http' : 'tcp';
}
