import { circuitBreakers, httpProtocol } from '#mesh/istiod/envoy/clusters/policy.ts';
import { staticCluster } from '#mesh/istiod/envoy/clusters/static-cluster.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { BLACK_HOLE, MESH101, PASSTHROUGH, statName } from '#mesh/istiod/envoy/names.ts';
import { type PassthroughHost, standInCluster } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import type { Observer } from '#mesh/istiod/envoy/scope.ts';
import { PASSTHROUGH_FACTS } from '#mesh/istiod/envoy/telemetry/labels.ts';
import { isOriginated, namesByRequest } from '#mesh/istiod/envoy/tls/originated.ts';
import type { ClientTls } from '#mesh/istiod/model/traffic-policy.ts';

/** Filter and clusters share one cache of names, so they must describe it alike. */
const DNS_CACHE: envoy.DnsCache = { name: 'outside', dns_lookup_family: 'V4_PREFERRED' };

/** Resolves a request's own host where its route leads to the outside, and does nothing on other routes. */
export const forwardProxyFilter: envoy.HttpFilter = {
  name: 'envoy.filters.http.dynamic_forward_proxy',
  typed_config: typed('envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig', {
    dns_cache_config: DNS_CACHE,
  }),
};

/**
 * The fields of a cluster that connects to whatever host a request names. Istio has the caller's own address for
 * that; requests through a proxy only have the name.
 */
export function forwardProxyCluster(tls?: ClientTls): envoy.Cluster {
  const isUnverified = isOriginated(tls) && namesByRequest(tls)?.auto_san_validation !== true;
  return {
    lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: {
      name: 'envoy.clusters.dynamic_forward_proxy',
      typed_config: typed('envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', {
        dns_cache_config: DNS_CACHE,
        allow_insecure_cluster_options: isUnverified || undefined,
      }),
    },
  };
}

/** Where hosts outside the registry lead: nowhere, anywhere, or to what this machine has in their place. */
export function outsideClusters(
  hosts: readonly PassthroughHost[],
  observer: Observer | undefined,
): envoy.Cluster[] {
  const facts = observer?.metrics ? { metadata: { filter_metadata: { [MESH101]: PASSTHROUGH_FACTS } } } : {};
  return [
    blackHole,
    ...[passthrough, ...hosts.map(hostCluster)].map((cluster) => ({ ...cluster, ...facts })),
  ];
}

const blackHole: envoy.Cluster = {
  name: BLACK_HOLE,
  alt_stat_name: statName(BLACK_HOLE),
  type: 'STATIC',
  connect_timeout: '10s',
};

const passthrough: envoy.Cluster = {
  name: PASSTHROUGH,
  alt_stat_name: statName(PASSTHROUGH),
  connect_timeout: '10s',
  circuit_breakers: circuitBreakers(),
  ...forwardProxyCluster(),
};

function hostCluster(host: PassthroughHost): envoy.Cluster {
  return {
    ...staticCluster({ name: standInCluster(host), address: host.address, port: host.localPort }),
    ...(host.keepAlive === false && httpProtocol('HTTP', { maxRequestsPerConnection: 1 })),
  };
}
