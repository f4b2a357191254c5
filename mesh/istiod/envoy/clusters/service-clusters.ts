import { hasHostNames, loadAssignment } from '#mesh/istiod/envoy/clusters/endpoints.ts';
import { forwardProxyCluster } from '#mesh/istiod/envoy/clusters/outside.ts';
import {
  circuitBreakers,
  httpProtocol,
  loadBalancer,
  outlierDetection,
  speaksHttp2,
  tcpKeepalive,
} from '#mesh/istiod/envoy/clusters/policy.ts';
import { seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import {
  type ClusterKey,
  clusterName,
  configPath,
  originMetadata,
  statName,
} from '#mesh/istiod/envoy/names.ts';
import { type Scope, trafficPolicyOf } from '#mesh/istiod/envoy/scope.ts';
import { serviceFacts } from '#mesh/istiod/envoy/telemetry/labels.ts';
import { upstreamTls } from '#mesh/istiod/envoy/tls/contexts.ts';
import {
  isCarriedOut,
  isOriginated,
  lacksSecret,
  namesByRequest,
} from '#mesh/istiod/envoy/tls/originated.ts';
import { xdsSource } from '#mesh/istiod/envoy/xds-source.ts';
import { isHttp, type Service, type ServicePort } from '#mesh/istiod/model/service.ts';
import type { ClientTls, Subset, TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';
import { once } from '#mesh/once.ts';

/** A cluster for every service, port and subset of the mesh. */
export function serviceClusters(scope: Scope): ServiceCluster[] {
  const described = scope.observer?.metrics ?? false;
  const common = described ? describedClusters : bareClusters;
  return scope.mesh.services.flatMap((service) =>
    namesSecret(service) || scope.mesh.autoMtls === false
      ? clustersOf(service, described, scope)
      : common(service),
  );
}

/** As a rule every proxy that sees a service has the same clusters for it. */
const describedClusters = once((service: Service) => clustersOf(service, true));
const bareClusters = once((service: Service) => clustersOf(service, false));

const namesSecret = once(({ ports }: Service) =>
  ports.some(({ trafficPolicies }) =>
    Object.values(trafficPolicies).some(({ tls }) => isOriginated(tls) && tls.credentialName !== undefined),
  ),
);

function clustersOf(service: Service, described: boolean, scope?: Scope): ServiceCluster[] {
  return service.ports.flatMap((port) =>
    [undefined, ...service.subsets].flatMap((subset) => {
      const { tls } = trafficPolicyOf(port, subset?.name);
      const isCarried = scope && isOriginated(tls) && isCarriedOut(tls, service, scope);
      if (isCarried && lacksSecret(tls, scope)) return [];
      return serviceCluster({ service, port, subset, described, ...(scope && { scope }) });
    }),
  );
}

/**
 * One connection for each request: kube-proxy keeps none, and a pod that begins to demand certificates
 * (STRICT) must refuse the next request, not the one after its old connections have ended.
 */
const TAKING_TURNS: TrafficPolicy = {
  tls: { mode: 'DISABLE' },
  loadBalancer: { simple: 'ROUND_ROBIN' },
  connectionPool: { maxRequestsPerConnection: 1 },
};

/** `sessionAffinity: ClientIP`; all callers have the address of this machine. */
const STAYING: TrafficPolicy = {
  ...TAKING_TURNS,
  loadBalancer: { consistentHash: { sourceIp: true } },
};

/** The clusters without a mesh: plain, taking turns, no subsets and no policy. */
export function plainClusters(services: readonly Service[]): ServiceCluster[] {
  return services.flatMap(({ destinationRule: _, ...service }) =>
    service.ports.flatMap((port) =>
      serviceCluster({
        service,
        port: { ...port, trafficPolicies: { '': service.isSticky ? STAYING : TAKING_TURNS } },
      }),
    ),
  );
}

const CONNECT_TIMEOUT = 10_000;

export interface ServiceCluster {
  readonly cluster: envoy.Cluster;
  /** A ClusterLoadAssignment, if endpoints are separate resources. */
  readonly endpoints?: envoy.LoadAssignment;
}

/** One service, at one port, in one of its subsets or none; no cluster at all, as in Istio, where DNS would have no name to look up. */
function serviceCluster(options: ServiceClusterOptions): ServiceCluster[] {
  const { service, port, subset } = options;
  const key: ClusterKey = {
    direction: 'outbound',
    port: port.number,
    host: service.host,
    ...(subset && { subset: subset.name }),
  };
  const name = clusterName(key);
  const policy = trafficPolicyOf(port, subset?.name);
  const tls = clientTls(policy, options);
  const found = discovery(name, options);
  if (!found) return [];
  const { fields, endpoints } = found;
  const cluster = {
    name,
    alt_stat_name: statName(name),
    ...policyFields(policy, port, isOriginated(tls) ? namesByRequest(tls) : undefined),
    ...upstreamTls({
      ...{ service, key, tls },
      namespace: options.scope?.namespace ?? '',
      isHttp2: speaksHttp2(port.protocol, policy.connectionPool),
      ...(policy.proxyProtocol && { proxyProtocol: policy.proxyProtocol }),
    }),
    metadata: clusterMetadata(options),
    ...fields,
  };
  return [{ cluster, ...(endpoints && { endpoints }) }];
}

function clientTls({ tls }: TrafficPolicy, { service, scope }: ServiceClusterOptions): ClientTls {
  const isLeftOut = isOriginated(tls) && scope && !isCarriedOut(tls, service, scope);
  const unsaid: ClientTls = { mode: scope?.mesh.autoMtls === false ? 'DISABLE' : 'auto' };
  return isLeftOut ? { mode: 'DISABLE' } : (tls ?? unsaid);
}

function policyFields(
  { connectionPool, outlierDetection: outliers, loadBalancer: balancer, retryBudget }: TrafficPolicy,
  port: ServicePort,
  names: envoy.UpstreamHttpProtocolOptions | undefined,
): envoy.Cluster {
  return {
    connect_timeout: seconds(connectionPool?.connectTimeout ?? CONNECT_TIMEOUT),
    circuit_breakers: circuitBreakers(connectionPool, retryBudget),
    outlier_detection: outliers && outlierDetection(outliers),
    // 0 instead of Envoy's 50 %: when few endpoints are healthy, only those get requests.
    common_lb_config: { healthy_panic_threshold: { value: outliers?.minHealthPercent ?? 0 } },
    ...loadBalancer(balancer),
    ...tcpKeepalive(connectionPool ?? {}),
    ...httpProtocol(port.protocol, connectionPool, names),
  };
}

interface Discovery {
  readonly fields: envoy.Cluster;
  readonly endpoints?: envoy.LoadAssignment;
}

/** How the cluster knows its endpoints: by EDS, by DNS, or from each request's host; undefined: there is no name for DNS. */
function discovery(name: string, options: ServiceClusterOptions): Discovery | undefined {
  const { service, port, subset, described } = options;
  // Connections without requests do not say where they want to go: they go to the host itself.
  const isByRequest = service.isByRequest && (isHttp(port.protocol) || service.host.startsWith('*'));
  if (isByRequest) return { fields: forwardProxyCluster(trafficPolicyOf(port, subset?.name).tls) };
  const assignment = loadAssignment({
    cluster: name,
    service,
    port: port.number,
    labels: subset?.labels ?? {},
    described: described ?? false,
  });
  const resolution = service.resolution ?? (hasHostNames(service) ? 'DNS' : undefined);
  if (!resolution) return { fields: BY_EDS, endpoints: assignment };
  const [first] = assignment.endpoints ?? [];
  if (!first) return undefined;
  // Envoy refuses a second one, which another ServiceEntry for the host may have.
  const one = { ...assignment, endpoints: [{ lb_endpoints: first.lb_endpoints?.slice(0, 1) }] };
  return resolution === 'DNS'
    ? { fields: { ...BY_DNS, type: 'STRICT_DNS', load_assignment: assignment } }
    : { fields: { ...BY_DNS, type: 'LOGICAL_DNS', load_assignment: one } };
}

/** Told by itself, so that a pod that comes or goes leaves the cluster and what it has learnt of the other ones. */
const BY_EDS: envoy.Cluster = { type: 'EDS', eds_cluster_config: { eds_config: xdsSource } };

/** Start-up doesn't wait for names, which may not resolve on a laptop without network. */
const BY_DNS: envoy.Cluster = {
  dns_lookup_family: 'V4_PREFERRED',
  wait_for_warm_on_init: false,
};

export interface ServiceClusterOptions {
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset?: Subset | undefined;
  /** Whether it carries what metrics say of its service and endpoints. */
  readonly described?: boolean;
  /** Of the caller that follows policies; kube-proxy does not. */
  readonly scope?: Scope;
}

/** The DestinationRule that shapes a cluster, and the line that does: its subset, itself, else the service. */
export function clusterMetadata({ service, subset, port, described }: ServiceClusterOptions): envoy.Metadata {
  const { destinationRule: rule, name, namespace, host } = service;
  return originMetadata(
    {
      config: rule && configPath({ kind: 'destination-rule', name: rule.name, namespace: rule.namespace }),
      subset: subset?.name,
      services: [{ name, namespace, host }],
      external: service.location === 'MESH_EXTERNAL' ? true : undefined,
    },
    subset?.source ?? rule?.source ?? service.source,
    described ? serviceFacts(service, port) : {},
  );
}
