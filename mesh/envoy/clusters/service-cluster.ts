import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { clusterMetadata } from '#mesh/envoy/clusters/cluster-metadata.ts';
import { forwardProxyCluster } from '#mesh/envoy/clusters/dynamic-forward-proxy.ts';
import { hasHostNames, loadAssignment } from '#mesh/envoy/clusters/endpoints.ts';
import { httpProtocol } from '#mesh/envoy/clusters/http-protocol.ts';
import { loadBalancer } from '#mesh/envoy/clusters/load-balancer.ts';
import { outlierDetection } from '#mesh/envoy/clusters/outlier-detection.ts';
import { tcpKeepalive } from '#mesh/envoy/clusters/tcp-keepalive.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present } from '#mesh/envoy/json.ts';
import { type ClusterKey, clusterName, statName } from '#mesh/envoy/names.ts';
import { trafficPolicyOf } from '#mesh/envoy/scope.ts';
import { upstreamTls } from '#mesh/envoy/tls/upstream.ts';
import type { Service, ServicePort } from '#mesh/model/service.ts';
import type { Subset, TrafficPolicy } from '#mesh/model/traffic-policy.ts';

const CONNECT_TIMEOUT = 10_000;

export interface ServiceClusterOptions {
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset?: Subset;
  /** Whether it carries what metrics say of its service and endpoints. */
  readonly described?: boolean;
}

/** One service, at one port, in one of its subsets or none. */
export function serviceCluster(options: ServiceClusterOptions): JsonObject {
  const { service, port, subset } = options;
  const key: ClusterKey = {
    direction: 'outbound',
    port: port.number,
    host: service.host,
    ...(subset && { subset: subset.name }),
  };
  const name = clusterName(key);
  const policy = trafficPolicyOf(port, subset?.name);
  return {
    name,
    alt_stat_name: statName(name),
    ...policyFields(policy, port),
    ...upstreamTls(service, key, policy.tls ?? { mode: 'auto' }),
    metadata: clusterMetadata(options),
    ...discovery(name, options),
  };
}

function policyFields(
  { connectionPool, outlierDetection: outliers, loadBalancer: balancer }: TrafficPolicy,
  port: ServicePort,
): JsonObject {
  return present({
    connect_timeout: seconds(connectionPool?.connectTimeout ?? CONNECT_TIMEOUT),
    circuit_breakers: circuitBreakers(connectionPool),
    outlier_detection: outliers && outlierDetection(outliers),
    // 0 instead of Envoy's 50 %: when few endpoints are healthy, only those get requests.
    common_lb_config: { healthy_panic_threshold: { value: outliers?.minHealthPercent ?? 0 } },
    ...loadBalancer(balancer),
    ...tcpKeepalive(connectionPool ?? {}),
    ...httpProtocol(port.protocol, connectionPool),
  });
}

/** How the cluster knows its endpoints: they are part of it (docs/adr/0006), or each request's own host is one. */
function discovery(name: string, options: ServiceClusterOptions): JsonObject {
  const { service, port, subset, described } = options;
  if (service.location === 'MESH_EXTERNAL' && service.endpoints.length === 0) {
    return forwardProxyCluster;
  }
  const assignment = loadAssignment({
    cluster: name,
    service,
    port: port.number,
    labels: subset?.labels ?? {},
    described: described ?? false,
  });
  return { ...(hasHostNames(service) ? BY_DNS : { type: 'STATIC' }), load_assignment: assignment };
}

/** Start-up doesn't wait for names, which may not resolve on a laptop without network. */
const BY_DNS = { type: 'STRICT_DNS', dns_lookup_family: 'V4_PREFERRED', wait_for_warm_on_init: false };
