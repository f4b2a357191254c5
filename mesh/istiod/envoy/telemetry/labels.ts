import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { MESH101, PASSTHROUGH } from '#mesh/istiod/envoy/names.ts';
import type { Observer, ServerSide, Side } from '#mesh/istiod/envoy/scope.ts';
import {
  type Endpoint,
  type Protocol,
  routesRequests,
  type Service,
  type ServicePort,
} from '#mesh/istiod/model/service.ts';
import { type WorkloadIdentity, workloadIdentity } from '#mesh/istiod/model/workload-identity.ts';

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

/** Istio's names: what carries no requests is tcp. */
export function requestProtocol(protocol: Protocol): string {
  if (protocol === 'GRPC') return 'grpc';
  return routesRequests(protocol) ? 'http' : 'tcp';
}

/** From a label to the access-log format of its value. What yields nothing becomes Istio's `unknown` when it is read. */
export type Labels = Readonly<Record<string, string>>;

const UNKNOWN = 'unknown';

/** Labels that both HTTP and TCP have (https://istio.io/latest/docs/reference/config/metrics/#labels). */
export function connectionLabels(observer: Observer, side: Side): Labels {
  return side.kind === 'client' ? clientLabels(observer) : serverLabels(observer, side);
}

/** Labels of requests; they come after those of their connection. */
export const REQUEST_LABELS: Labels = {
  response_code: '%RESPONSE_CODE%',
  grpc_response_status: '%GRPC_STATUS_NUMBER%',
};

function clientLabels({ identity }: Observer): Labels {
  return {
    reporter: 'source',
    ...workloadLabels('source', (key) => identity[key] || UNKNOWN),
    source_principal: '%UPSTREAM_LOCAL_URI_SAN%',
    ...workloadLabels('destination', endpointLabel),
    destination_principal: '%UPSTREAM_PEER_URI_SAN%',
    destination_service: serviceLabel('service'),
    // Istio names the place that blocked requests go to, although no cluster ever sees them.
    destination_service_name: `%CEL(xds.route_name == 'block_all' ? 'BlackHoleCluster' : xds.cluster_metadata.filter_metadata['mesh101']['service_name'])%`,
    destination_service_namespace: serviceLabel('service_namespace'),
    request_protocol: serviceLabel('protocol'),
    response_flags: '%RESPONSE_FLAGS%',
    connection_security_policy: UNKNOWN,
  };
}

function serverLabels({ identity }: Observer, { target, security }: ServerSide): Labels {
  const { service, port } = target ?? {};
  return {
    reporter: 'destination',
    ...workloadLabels('source', peerLabel),
    source_principal: '%DOWNSTREAM_PEER_URI_SAN%',
    ...workloadLabels('destination', (key) => identity[key] || UNKNOWN),
    destination_principal: '%DOWNSTREAM_LOCAL_URI_SAN%',
    destination_service: service?.host ?? UNKNOWN,
    destination_service_name: service?.name ?? UNKNOWN,
    destination_service_namespace: service?.namespace ?? UNKNOWN,
    request_protocol: port ? requestProtocol(port.protocol) : 'tcp',
    response_flags: '%RESPONSE_FLAGS%',
    connection_security_policy: security,
  };
}

function workloadLabels(
  end: 'source' | 'destination',
  labelOf: (key: keyof WorkloadIdentity) => string,
): Labels {
  return {
    [`${end}_workload`]: labelOf('workload'),
    [`${end}_workload_namespace`]: labelOf('namespace'),
    [`${end}_app`]: labelOf('app'),
    [`${end}_version`]: labelOf('version'),
    [`${end}_canonical_service`]: labelOf('canonicalService'),
    [`${end}_canonical_revision`]: labelOf('canonicalRevision'),
    [`${end}_cluster`]: labelOf('cluster'),
  };
}
