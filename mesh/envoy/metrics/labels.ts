import {
  endpointLabel,
  peerLabel,
  requestProtocol,
  serviceLabel,
} from '#mesh/envoy/metrics/label-sources.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import type { ServerSide, Side } from '#mesh/envoy/observation/side.ts';
import type { WorkloadIdentity } from '#mesh/model/workload-identity.ts';

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
