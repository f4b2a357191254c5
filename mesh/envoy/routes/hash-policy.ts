import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present } from '#mesh/envoy/json.ts';
import { type Scope, trafficPolicyOf } from '#mesh/envoy/scope.ts';
import type { Destination } from '#mesh/model/route.ts';
import type { ConsistentHash } from '#mesh/model/traffic-policy.ts';

/** What of a request decides its endpoint, from the destinations' DestinationRules. */
export function hashPolicies(destinations: readonly Destination[], { services }: Scope): JsonObject[] {
  return destinations.flatMap(({ host, port, subset }) => {
    const servicePort = services.get(host)?.ports.find(({ number }) => number === port);
    const balancer = servicePort && trafficPolicyOf(servicePort, subset).loadBalancer;
    return balancer && 'consistentHash' in balancer ? [hashPolicy(balancer.consistentHash)] : [];
  });
}

function hashPolicy(hash: ConsistentHash): JsonObject {
  if ('header' in hash) {
    return { header: { header_name: hash.header } };
  }
  if ('queryParameter' in hash) {
    return { query_parameter: { name: hash.queryParameter } };
  }
  if ('cookie' in hash) {
    const { name, path, ttl } = hash.cookie;
    return { cookie: present({ name, ttl: seconds(ttl), path }) };
  }
  return { connection_properties: { source_ip: true } };
}
