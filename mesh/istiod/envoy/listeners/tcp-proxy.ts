import { isIPv6 } from 'node:net';
import { seconds } from '#mesh/istiod/envoy/json.ts';
import { uniqueChains } from '#mesh/istiod/envoy/listeners/listener.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { clusterName, routeMetadata } from '#mesh/istiod/envoy/names.ts';
import { receiving } from '#mesh/istiod/envoy/routes/forward.ts';
import { matchesSource } from '#mesh/istiod/envoy/routes/match.ts';
import { CLIENT, type Scope, trafficPolicyOf } from '#mesh/istiod/envoy/scope.ts';
import { observeTcp } from '#mesh/istiod/envoy/telemetry/observe.ts';
import { CONNECTION_ALPN } from '#mesh/istiod/envoy/tls/contexts.ts';
import { isRuled, type WeightedDestination } from '#mesh/istiod/model/route.ts';
import type { ConnectionRoute, TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';

/** Bytes from a listener to a cluster, unread; `observed` is what reports its connections. */
export function tcpProxy(cluster: string, observed: envoy.TcpProxy): envoy.NetworkFilter {
  return filter({ stat_prefix: cluster, cluster, ...observed });
}

/** The same by a route, whose destinations' policies say how long its connections live. */
export function routedTcpProxy(
  route: ConnectionRoute,
  scope: Scope,
  observed: envoy.TcpProxy,
): envoy.NetworkFilter {
  return filter({ ...target(route), ...connectionLife(route, scope), ...observed });
}

function filter(fields: envoy.TcpProxy): envoy.NetworkFilter {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', fields),
  };
}

function target({ destinations, origin }: ConnectionRoute): envoy.TcpProxy {
  const clusters = receiving(destinations).map(({ weight, ...key }) => ({
    name: clusterName({ direction: 'outbound', ...key }),
    weight,
  }));
  const [first, second] = clusters;
  return first && !second
    ? { stat_prefix: first.name, cluster: first.name }
    : { stat_prefix: `${origin.name}.${origin.namespace}`, weighted_clusters: { clusters } };
}

function connectionLife({ destinations }: ConnectionRoute, scope: Scope): envoy.TcpProxy {
  const { connectionPool: pool, loadBalancer: balancer, tunnel } = policyOf(receiving(destinations), scope);
  const { tcpIdleTimeout: idle, maxConnectionDuration: longest } = pool ?? {};
  const bySource = balancer && 'consistentHash' in balancer && 'sourceIp' in balancer.consistentHash;
  return {
    idle_timeout: idle === undefined ? undefined : seconds(idle),
    max_downstream_connection_duration: longest === undefined ? undefined : seconds(longest),
    hash_policy: bySource ? [{ source_ip: {} }] : undefined,
    tunneling_config: tunnel && {
      hostname: `${isIPv6(tunnel.host) ? `[${tunnel.host}]` : tunnel.host}:${tunnel.port}`,
      use_post: tunnel.method === 'POST' || undefined,
    },
  };
}

/** As in Istio, several destinations have the policy of the first one's service, whatever its subsets say. */
function policyOf(destinations: readonly WeightedDestination[], { services }: Scope): TrafficPolicy {
  const [first, second] = destinations;
  const port = first && services.get(first.host)?.ports.find(({ number }) => number === first.port);
  return port ? trafficPolicyOf(port, second ? '' : first.subset) : {};
}

/** A filter chain for each route that this proxy's connections may take. */
export function connectionChains(routes: readonly ConnectionRoute[], scope: Scope): envoy.FilterChain[] {
  return uniqueChains(
    decidingRoutes(routes, scope).map((route) => ({
      names: route.serverNames ?? ['*'],
      chain: connectionChain(route, scope),
    })),
  );
}

/** The filters for connections that take one route. */
export function connectionChain(route: ConnectionRoute, scope: Scope): envoy.FilterChain {
  const proxy = routedTcpProxy(route, scope, observeTcp(scope.observer, CLIENT));
  const filters = leadsToSniffed(route, scope) ? [connectionAlpn, proxy] : [proxy];
  return { filters, metadata: routeMetadata(route.origin) };
}

/** Whether the other end must be told that the connection carries no requests. */
function leadsToSniffed({ destinations }: ConnectionRoute, { services }: Scope): boolean {
  return receiving(destinations).some(({ host, port: number, subset }) => {
    const service = services.get(host);
    const port = service?.ports.find((one) => one.number === number);
    if (port?.protocol !== 'AUTO' || service?.location !== 'MESH_INTERNAL') return false;
    const { mode } = trafficPolicyOf(port, subset).tls ?? { mode: 'auto' };
    return mode === 'auto' || mode === 'ISTIO_MUTUAL';
  });
}

const STATE = 'envoy.network.application_protocols';
const connectionAlpn: envoy.NetworkFilter = {
  name: 'envoy.filters.network.set_filter_state',
  typed_config: typed('envoy.extensions.filters.network.set_filter_state.v3.Config', {
    on_new_connection: [
      {
        object_key: STATE,
        format_string: { text_format_source: { inline_string: CONNECTION_ALPN } },
        shared_with_upstream: 'ONCE',
      },
    ],
  }),
};

/** Rules by server name leave nothing to Kubernetes' own route: a name that none has is refused, as in Istio. */
export function decidingRoutes(
  routes: readonly ConnectionRoute[],
  scope: Pick<Scope, 'namespace' | 'labels'>,
): readonly ConnectionRoute[] {
  const own = routes.filter((route) => matchesSource(route, scope));
  const ruled = own.filter(({ origin }) => isRuled(origin));
  return ruled.some(({ serverNames }) => serverNames) ? ruled : own;
}
