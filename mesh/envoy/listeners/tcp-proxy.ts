import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present, typed } from '#mesh/envoy/json.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import { receiving } from '#mesh/envoy/receiving.ts';
import { type Scope, trafficPolicyOf } from '#mesh/envoy/scope.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';
import type { WeightedDestination } from '#mesh/model/route.ts';
import type { TrafficPolicy } from '#mesh/model/traffic-policy.ts';

/** Bytes from a listener to a cluster, unread; `observed` is what reports its connections. */
export function tcpProxy(cluster: string, observed: JsonObject): JsonObject {
  return filter({ stat_prefix: cluster, cluster, ...observed });
}

/** The same by a route, whose destinations' policies say how long its connections live. */
export function routedTcpProxy(route: ConnectionRoute, scope: Scope, observed: JsonObject): JsonObject {
  return filter({ ...target(route), ...connectionLife(route, scope), ...observed });
}

function filter(fields: JsonObject): JsonObject {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', fields),
  };
}

function target({ destinations, origin }: ConnectionRoute): JsonObject {
  const clusters = receiving(destinations).map(({ weight, ...key }) => ({
    name: clusterName({ direction: 'outbound', ...key }),
    weight,
  }));
  const [first, second] = clusters;
  return first && !second
    ? { stat_prefix: first.name, cluster: first.name }
    : { stat_prefix: `${origin.name}.${origin.namespace}`, weighted_clusters: { clusters } };
}

function connectionLife({ destinations }: ConnectionRoute, scope: Scope): JsonObject {
  const { connectionPool: pool, loadBalancer: balancer } = policyOf(receiving(destinations), scope);
  const { tcpIdleTimeout: idle, maxConnectionDuration: longest } = pool ?? {};
  const bySource = balancer && 'consistentHash' in balancer && 'sourceIp' in balancer.consistentHash;
  return present({
    idle_timeout: idle === undefined ? undefined : seconds(idle),
    max_downstream_connection_duration: longest === undefined ? undefined : seconds(longest),
    hash_policy: bySource ? [{ source_ip: {} }] : undefined,
  });
}

/** As in Istio, several destinations have the policy of the first one's service, whatever its subsets say. */
function policyOf(destinations: readonly WeightedDestination[], { services }: Scope): TrafficPolicy {
  const [first, second] = destinations;
  const port = first && services.get(first.host)?.ports.find(({ number }) => number === first.port);
  return port ? trafficPolicyOf(port, second ? '' : first.subset) : {};
}
