import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import type {
  ConnectionSecurity,
  ExplainedDestination,
  ExplainedEndpoint,
} from '#mesh/envoy/simulation/explanation.ts';
import { type Caller, inboundAt } from '#mesh/envoy/simulation/inbound.ts';
import { at, listAt, numberAt, objectAt, originOf, textAt } from '#mesh/envoy/simulation/read.ts';
import type { Mesh } from '#mesh/model/mesh.ts';

export interface ClusterShare {
  readonly cluster: string;
  readonly share: number;
}

/** The clusters of a route's action, each with its share of the requests in percent. */
export function clusterShares(action: JsonObject): readonly ClusterShare[] {
  const cluster = textAt(action, 'cluster');
  if (cluster !== undefined) {
    return [{ cluster, share: 100 }];
  }
  const weighted = listAt(action, 'weighted_clusters', 'clusters');
  const total = weighted.reduce((sum, entry) => sum + (numberAt(entry, 'weight') ?? 0), 0);
  return weighted.map((entry) => ({
    cluster: textAt(entry, 'name') ?? '',
    share: Math.round(((numberAt(entry, 'weight') ?? 0) / total) * 10_000) / 100,
  }));
}

export interface ExplainDestinationOptions extends ClusterShare {
  readonly mesh: Mesh;
  readonly config: EnvoyConfig;
  readonly caller: Caller;
}

/** A cluster with its endpoints, and what would make its requests fail. */
export function explainDestination(options: ExplainDestinationOptions): ExplainedDestination {
  const { cluster: name, share, config } = options;
  const cluster = config.clusters.find((candidate) => candidate['name'] === name);
  if (!cluster) {
    const why = 'no service, port or subset of this name exists';
    return { cluster: name, share, problem: { flag: 'NC', why }, endpoints: [] };
  }
  const endpoints = endpointsOf(cluster).map((endpoint) => explainEndpoint(endpoint, cluster, options));
  const origin = originOf(cluster);
  const loadBalancer = textAt(cluster, 'lb_policy');
  const hasNone = endpoints.length === 0 && textAt(cluster, 'lb_policy') !== 'CLUSTER_PROVIDED';
  return {
    cluster: name,
    share,
    ...(origin && { origin }),
    ...(loadBalancer && { loadBalancer }),
    ...(hasNone && { problem: { flag: 'UH', why: 'no endpoint is ready' } }),
    endpoints,
  };
}

function endpointsOf(cluster: JsonObject): readonly JsonObject[] {
  return listAt(cluster, 'load_assignment', 'endpoints').flatMap((locality) =>
    listAt(locality, 'lb_endpoints'),
  );
}

function explainEndpoint(
  endpoint: JsonObject,
  cluster: JsonObject,
  { mesh, caller }: ExplainDestinationOptions,
): ExplainedEndpoint {
  const address = objectAt(endpoint, 'endpoint', 'address', 'socket_address');
  const port = numberAt(address, 'port_value') ?? 0;
  const pod = textAt(endpoint, 'metadata', 'filter_metadata', 'mesh101', 'pod');
  const security = securityOf(endpoint, cluster);
  const inbound = pod === undefined ? undefined : inboundAt(mesh, { pod, port, security, caller });
  return {
    address: `${textAt(address, 'address') ?? ''}:${port}`,
    ...(pod !== undefined && { pod }),
    security,
    ...(inbound && { inbound }),
  };
}

/** The transport socket that Envoy picks for an endpoint: the first whose match the endpoint's metadata has. */
function securityOf(endpoint: JsonObject, cluster: JsonObject): ConnectionSecurity {
  const mode = textAt(endpoint, 'metadata', 'filter_metadata', 'envoy.transport_socket_match', 'tlsMode');
  const chosen = listAt(cluster, 'transport_socket_matches').find((candidate) => {
    const wanted = textAt(candidate, 'match', 'tlsMode');
    return wanted === undefined || wanted === mode;
  });
  const socket = objectAt(chosen, 'transport_socket') ?? objectAt(cluster, 'transport_socket');
  const tls = objectAt(socket, 'typed_config', 'common_tls_context');
  if (!tls) {
    return 'plain text';
  }
  return at(tls, 'alpn_protocols', 0) === 'istio' ? 'mutual TLS' : 'TLS';
}
