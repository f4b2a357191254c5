import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';

/** Filter and clusters share one cache of names, so they must describe it alike. */
const DNS_CACHE = { name: 'outside', dns_lookup_family: 'V4_PREFERRED' };

/** Resolves a request's own host where its route leads to the outside, and does nothing on other routes. */
export const forwardProxyFilter: JsonObject = {
  name: 'envoy.filters.http.dynamic_forward_proxy',
  typed_config: typed('envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig', {
    dns_cache_config: DNS_CACHE,
  }),
};

/**
 * The fields of a cluster that connects to whatever host a request names. Istio has the caller's own address for
 * that; requests through a proxy only have the name.
 */
export const forwardProxyCluster: JsonObject = {
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: typed('envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', {
      dns_cache_config: DNS_CACHE,
    }),
  },
};
