import type { JsonObject } from '#mesh/envoy/config.ts';
import type { LoadBalancer } from '#mesh/model/traffic-policy.ts';

/**
 * How an endpoint is chosen. PASSTHROUGH means the address that the caller has resolved itself, which requests
 * through a proxy don't have: they take turns.
 */
export function loadBalancer(balancer: LoadBalancer | undefined): JsonObject {
  if (balancer && 'consistentHash' in balancer) {
    return { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: '1024' } };
  }
  const simple = balancer?.simple ?? 'LEAST_REQUEST';
  return { lb_policy: simple === 'PASSTHROUGH' ? 'ROUND_ROBIN' : simple };
}
