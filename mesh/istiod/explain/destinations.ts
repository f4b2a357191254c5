import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { configOf } from '#mesh/istiod/explain/config-of.ts';
import type {
  ConnectionSecurity,
  ExplainedDestination,
  ExplainedEndpoint,
  ReceivedRequest,
} from '#mesh/istiod/explain/explanation.ts';
import { boundPort } from '#mesh/istiod/explain/listeners.ts';
import { type Judged, judge, judgeRequest } from '#mesh/istiod/explain/policy-filters.ts';
import { at, listAt, numberAt, objectAt, originOf, textAt } from '#mesh/istiod/explain/read.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { WorkloadPolicies } from '#mesh/istiod/model/policy.ts';
import { ownValue } from '#mesh/own-value.ts';

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
  /** What a route answers with when the cluster does not exist; absent: 503. */
  readonly unknownStatus?: number;
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
    const { unknownStatus: status } = options;
    return {
      cluster: name,
      share,
      problem: { flag: 'NC', why, ...(status !== undefined && { status }) },
      endpoints: [],
    };
  }
  const arrivals = endpointsOf(cluster, config).map((endpoint) =>
    explainEndpoint(endpoint, cluster, options),
  );
  const endpoints = arrivals.map(({ endpoint }) => endpoint);
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
    received: receivedOf(arrivals[0]?.request ?? options.caller.request),
  };
}

function receivedOf(request: SimulatedRequest): ReceivedRequest {
  return { path: request.path, host: authorityOf(request), headers: request.headers };
}

function endpointsOf(cluster: JsonObject, config: EnvoyConfig): readonly JsonObject[] {
  const assignment = objectAt(cluster, 'load_assignment') ?? config.endpoints[textAt(cluster, 'name') ?? ''];
  return listAt(assignment, 'endpoints').flatMap((locality) => listAt(locality, 'lb_endpoints'));
}

interface Arrived {
  readonly endpoint: ExplainedEndpoint;
  /** As the program gets it, behind the filters of its sidecar. */
  readonly request?: SimulatedRequest;
}

function explainEndpoint(
  endpoint: JsonObject,
  cluster: JsonObject,
  { mesh, caller }: ExplainDestinationOptions,
): Arrived {
  const address = objectAt(endpoint, 'endpoint', 'address', 'socket_address');
  const port = numberAt(address, 'port_value') ?? 0;
  const pod = textAt(endpoint, 'metadata', 'filter_metadata', 'mesh101', 'pod');
  const connection = connectionOf(endpoint, cluster);
  const { request, ...inbound } =
    (pod === undefined ? undefined : inboundAt(mesh, { pod, port, connection, caller })) ?? {};
  return {
    endpoint: {
      address: `${textAt(address, 'address') ?? ''}:${port}`,
      ...(pod !== undefined && { pod }),
      security: connection.security,
      ...('listener' in inbound && { inbound }),
    },
    ...(request && { request }),
  };
}

/** What the endpoint's side sees of a connection before it reads anything. */
interface Connection {
  readonly security: ConnectionSecurity;
  /** The protocols that TLS offers, or the one that plain text looks like. */
  readonly protocols: readonly string[];
  readonly serverName?: string;
}

const PLAIN: Connection = { security: 'plain text', protocols: ['http/1.1'] };

/** By the transport socket that Envoy picks for an endpoint: the first whose match the endpoint's metadata has. */
function connectionOf(endpoint: JsonObject, cluster: JsonObject): Connection {
  const mode = textAt(endpoint, 'metadata', 'filter_metadata', 'envoy.transport_socket_match', 'tlsMode');
  const chosen = listAt(cluster, 'transport_socket_matches').find((candidate) => {
    const wanted = textAt(candidate, 'match', 'tlsMode');
    return wanted === undefined || wanted === mode;
  });
  const socket = objectAt(chosen, 'transport_socket') ?? objectAt(cluster, 'transport_socket');
  const context = objectAt(socket, 'typed_config');
  const tls = objectAt(context, 'common_tls_context');
  if (!tls) return PLAIN;
  const offered = at(tls, 'alpn_protocols');
  const protocols = Array.isArray(offered) ? offered.map(String) : [];
  const serverName = textAt(context, 'sni');
  const security = protocols[0] === 'istio' ? 'mutual TLS' : 'TLS';
  return { security, protocols, ...(serverName !== undefined && { serverName }) };
}

type Inbound = NonNullable<ExplainedEndpoint['inbound']>;

interface Arrival {
  /** `name.namespace`. */
  readonly pod: string;
  readonly port: number;
  readonly connection: Connection;
  readonly caller: Caller;
}

/** Who asks, and for what. */
export interface Caller {
  readonly request: SimulatedRequest;
  /** Shown in mutual TLS; absent where the caller has no sidecar. */
  readonly identity?: string;
  /** Milliseconds. */
  readonly now: number;
}

/** What the sidecar of the pod at the other end does with a connection. */
function inboundAt(mesh: Mesh, arrival: Arrival): (Inbound & Pick<Arrived, 'request'>) | undefined {
  const { pod: name, port, connection } = arrival;
  const pod = mesh.pods.find((candidate) => `${candidate.name}.${candidate.namespace}` === name);
  if (!pod?.sidecar) {
    return undefined;
  }
  const config = configOf(mesh, { role: 'sidecar', pod, sidecar: pod.sidecar });
  const listener = config.listeners.find((candidate) => boundPort(candidate) === port);
  if (!listener) return undefined;
  const chains = listAt(listener, 'filter_chains');
  const chain = chainFor(chains, connection);
  const decided = decision(listener, chain, connection);
  if (!chain || !decided.accepted) return decided;
  const { verdict, request } = judgedAt(chain, config, {
    ...arrival,
    policies: ownValue(mesh.policies ?? {}, name),
  });
  return { ...decided, request, ...(verdict && { policy: verdict }) };
}

interface JudgedArrival extends Arrival {
  readonly policies: WorkloadPolicies | undefined;
}

/** Requests meet the filters that the Envoy discovers for its policies, connections those of the chain itself. */
function judgedAt(chain: JsonObject, config: EnvoyConfig, arrival: JudgedArrival): Judged {
  const { caller, connection, port, policies } = arrival;
  const { request, identity, now } = caller;
  const { security, serverName } = connection;
  const visit = {
    ...{ request, port },
    ...(serverName !== undefined && { serverName }),
    ...(security === 'mutual TLS' && identity !== undefined && { identity }),
  };
  return readsRequests(chain)
    ? judgeRequest(config, { visit, policies, now })
    : judge(listAt(chain, 'filters'), { visit, policies, now });
}

function decision(listener: JsonObject, chain: JsonObject | undefined, { security }: Connection): Inbound {
  const mode = modeOf(listAt(listener, 'filter_chains'));
  const accepted = chain !== undefined && understands(chain, security);
  const verb = accepted ? 'takes' : 'refuses';
  return { listener: textAt(listener, 'name') ?? '', mode, accepted, why: `${mode} ${verb} ${security}` };
}

/** A chain that ends TLS demands a certificate, which plain TLS lacks; one that does not may pass it on, but cannot read it. */
function understands(chain: JsonObject, security: ConnectionSecurity): boolean {
  const endsTls = at(chain, 'transport_socket') !== undefined;
  if (endsTls) return security === 'mutual TLS';
  return security === 'plain text' || !readsRequests(chain);
}

function readsRequests(chain: JsonObject): boolean {
  const manager = 'envoy.filters.network.http_connection_manager';
  return listAt(chain, 'filters').some(({ name }) => name === manager);
}

/** The mode, read back from the filter chains that it makes. */
function modeOf(chains: readonly JsonObject[]): string {
  if (chains.every((chain) => at(chain, 'transport_socket') === undefined)) return 'DISABLE';
  const protocols = chains.map((chain) => textAt(chain, 'filter_chain_match', 'transport_protocol'));
  return protocols.includes('raw_buffer') ? 'PERMISSIVE' : 'STRICT';
}

/** The filter chain that Envoy picks: the one that asks for most of what the connection shows. */
function chainFor(
  chains: readonly JsonObject[],
  { security, protocols }: Connection,
): JsonObject | undefined {
  const transport = security === 'plain text' ? 'raw_buffer' : 'tls';
  const fits = chains.filter((chain) => {
    const wanted = textAt(chain, 'filter_chain_match', 'transport_protocol');
    const offered = at(chain, 'filter_chain_match', 'application_protocols');
    const isOffered = !Array.isArray(offered) || offered.some((one) => protocols.includes(String(one)));
    return (wanted === undefined || wanted === transport) && isOffered;
  });
  const asks = (chain: JsonObject) => Object.keys(objectAt(chain, 'filter_chain_match') ?? {}).length;
  return fits.toSorted((one, other) => asks(other) - asks(one))[0];
}
