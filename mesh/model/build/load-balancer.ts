import type { LoadBalancer } from '#mesh/model/traffic-policy.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type Settings = NonNullable<
  NonNullable<ResourceOf<'DestinationRule'>['spec']['trafficPolicy']>['loadBalancer']
>;

/** Istio's LoadBalancerSettings; LEAST_CONN and UNSPECIFIED are older spellings of the default, LEAST_REQUEST. */
export function toLoadBalancer({ simple, consistentHash: hash }: Settings): LoadBalancer {
  if (hash?.httpHeaderName !== undefined) return { consistentHash: { header: hash.httpHeaderName } };
  if (hash?.httpQueryParameterName !== undefined)
    return { consistentHash: { queryParameter: hash.httpQueryParameterName } };
  if (hash?.useSourceIp) return { consistentHash: { sourceIp: true } };
  if (hash?.httpCookie) {
    const { name, path, ttl } = hash.httpCookie;
    return { consistentHash: { cookie: { name, ttl: ttl ?? 0, ...(path !== undefined && { path }) } } };
  }
  return {
    simple:
      simple === 'ROUND_ROBIN' || simple === 'RANDOM' || simple === 'PASSTHROUGH' ? simple : 'LEAST_REQUEST',
  };
}
