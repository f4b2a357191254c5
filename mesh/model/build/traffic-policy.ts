import { bySpecificity, hostMatches, resolveHost } from '#mesh/model/build/hosts.ts';
import { toLoadBalancer } from '#mesh/model/build/load-balancer.ts';
import type { ClientTls, ConnectionPool, TrafficPolicy } from '#mesh/model/traffic-policy.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

export type DestinationRule = ResourceOf<'DestinationRule'>;
type Policy = NonNullable<DestinationRule['spec']['trafficPolicy']>;
type PortPolicy = NonNullable<Policy['portLevelSettings']>[number];

/**
 * The DestinationRule for a service: of those whose host covers it the most specific one, and among equals the one in
 * the service's own namespace. (Istio also looks in the caller's namespace first; on the laptop all callers share.)
 */
export function destinationRuleFor(
  rules: readonly DestinationRule[],
  service: { readonly host: string; readonly namespace: string },
): DestinationRule | undefined {
  const hostOf = (rule: DestinationRule) => resolveHost(rule.spec.host, rule.metadata.namespace);
  return rules
    .filter((rule) => hostMatches(hostOf(rule), service.host))
    .sort(
      (a, b) =>
        bySpecificity(hostOf(a), hostOf(b)) ||
        Number(b.metadata.namespace === service.namespace) -
          Number(a.metadata.namespace === service.namespace),
    )[0];
}

/**
 * The policies of every subset ('' is the whole service) at one port, merged as Istio does: a subset's fields replace
 * the host's one by one, while the settings of a port replace all of them (MergeTrafficPolicy).
 */
export function policiesAt(
  rule: DestinationRule | undefined,
  port: number,
): Readonly<Record<string, TrafficPolicy>> {
  const host = merge({}, rule?.spec.trafficPolicy, port);
  const policies: Record<string, TrafficPolicy> = { '': host };
  for (const subset of rule?.spec.subsets ?? [])
    policies[subset.name] = merge(host, subset.trafficPolicy, port);
  return policies;
}

function merge(base: TrafficPolicy, policy: Policy | undefined, port: number): TrafficPolicy {
  if (!policy) return base;
  const atPort = policy.portLevelSettings.find((settings) => settings.port.number === port);
  return atPort ? toPolicy(atPort) : { ...base, ...toPolicy(policy) };
}

function toPolicy({
  tls,
  connectionPool,
  outlierDetection,
  loadBalancer,
}: Policy | PortPolicy): TrafficPolicy {
  return {
    ...(tls && { tls: toClientTls(tls) }),
    ...(connectionPool && { connectionPool: toConnectionPool(connectionPool) }),
    ...(outlierDetection && { outlierDetection }),
    ...(loadBalancer && { loadBalancer: toLoadBalancer(loadBalancer) }),
  };
}

function toClientTls(tls: NonNullable<Policy['tls']>): ClientTls {
  const { mode, ...settings } = tls;
  return mode === 'SIMPLE' || mode === 'MUTUAL' ? { mode, ...settings } : { mode };
}

function toConnectionPool({ tcp, http }: NonNullable<Policy['connectionPool']>): ConnectionPool {
  const { idleTimeout, ...connections } = tcp ?? {};
  return {
    ...connections,
    ...(idleTimeout !== undefined && { idleTimeout, tcpIdleTimeout: idleTimeout }),
    ...http,
  };
}
