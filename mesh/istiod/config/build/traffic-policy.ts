import { BlockList, isIP } from 'node:net';
import { toDestinations } from '#mesh/istiod/config/build/forward.ts';
import { ruleKindsOf } from '#mesh/istiod/config/build/protocol.ts';
import {
  applies,
  followedBySidecars,
  MESH_GATEWAY,
  type RouteScope,
  ruleOrigin,
  serviceOrigin,
  type VirtualService,
} from '#mesh/istiod/config/build/routes.ts';
import { covering } from '#mesh/istiod/config/build/virtual-hosts.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { Service, ServicePort } from '#mesh/istiod/model/service.ts';
import type {
  ClientTls,
  ConnectionHost,
  ConnectionPool,
  ConnectionRoute,
  ConsistentHash,
  HashTable,
  LoadBalancer,
  TrafficPolicy,
  Tunnel,
} from '#mesh/istiod/model/traffic-policy.ts';

type DestinationRule = ResourceOf<'DestinationRule'>;
type Policy = NonNullable<DestinationRule['spec']['trafficPolicy']>;

/** The policy of a DestinationRule, or of several merged into one. */
export interface RuleSettings {
  readonly trafficPolicy: Policy | undefined;
  readonly subsets: readonly { readonly subset: DestinationRule['spec']['subsets'][number] }[];
}

type PortPolicy = NonNullable<Policy['portLevelSettings']>[number];

/**
 * The policies of every subset ('' is the whole service) at one port, merged as Istio does: a subset's fields replace
 * the host's one by one, while the settings of a port replace all of them (MergeTrafficPolicy).
 */
export function policiesAt(
  rule: RuleSettings | undefined,
  port: number,
): Readonly<Record<string, TrafficPolicy>> {
  const host = merge({}, rule?.trafficPolicy, port);
  const ofSubsets = (rule?.subsets ?? []).map(
    ({ subset }) => [subset.name, merge(host, subset.trafficPolicy, port)] as const,
  );
  return Object.fromEntries([['', host], ...ofSubsets]);
}

function merge(base: TrafficPolicy, policy: Policy | undefined, port: number): TrafficPolicy {
  if (!policy) return base;
  const atPort = policy.portLevelSettings.find((settings) => settings.port.number === port);
  const { tunnel = base.tunnel, ...settings } = toWholePolicy(policy);
  // Which connections are tunnelled does not depend on the port.
  if (atPort) return { ...toPolicy(atPort), ...(tunnel && { tunnel }) };
  return { ...base, ...toPolicy(policy), ...settings, ...(tunnel && { tunnel }) };
}

function toWholePolicy({ retryBudget, proxyProtocol, tunnel }: Policy): TrafficPolicy {
  return {
    ...(retryBudget && { retryBudget: { ...retryBudget, percent: retryBudget.percent ?? 0 } }),
    ...(proxyProtocol && { proxyProtocol: proxyProtocol.version }),
    ...(tunnel && { tunnel: toTunnel(tunnel) }),
  };
}

function toTunnel({ protocol, targetHost, targetPort }: NonNullable<Policy['tunnel']>): Tunnel {
  return { method: protocol === 'POST' ? 'POST' : 'CONNECT', host: targetHost, port: targetPort };
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
  if (mode === 'SIMPLE' || mode === 'MUTUAL') return { mode, ...settings };
  if (mode === 'DISABLE') return { mode };
  const { sni, subjectAltNames } = settings;
  return {
    mode,
    ...(sni && { sni }),
    ...(subjectAltNames.length > 0 && { subjectAltNames }),
  };
}

function toConnectionPool({ tcp, http }: NonNullable<Policy['connectionPool']>): ConnectionPool {
  const { idleTimeout, ...connections } = tcp ?? {};
  return {
    ...connections,
    ...(idleTimeout !== undefined && { idleTimeout, tcpIdleTimeout: idleTimeout }),
    ...http,
  };
}

type Settings = NonNullable<
  NonNullable<ResourceOf<'DestinationRule'>['spec']['trafficPolicy']>['loadBalancer']
>;

/** Istio's LoadBalancerSettings; LEAST_CONN and UNSPECIFIED are older spellings of the default, LEAST_REQUEST. */
function toLoadBalancer(settings: Settings): LoadBalancer {
  const { simple, consistentHash, warmup, warmupDurationSecs: duration } = settings;
  const hash = consistentHash && toHash(consistentHash);
  if (hash) {
    const table = toTable(consistentHash);
    return { consistentHash: hash, ...(table && { table }) };
  }
  const gentle = warmup
    ? { aggression: 1, minimumPercent: 10, ...warmup }
    : duration === undefined
      ? undefined
      : { duration };
  return {
    simple:
      simple === 'ROUND_ROBIN' || simple === 'RANDOM' || simple === 'PASSTHROUGH' ? simple : 'LEAST_REQUEST',
    ...(gentle && { warmup: gentle }),
  };
}

type Hash = NonNullable<Settings['consistentHash']>;

function toHash(hash: Hash): ConsistentHash | undefined {
  if (hash.httpHeaderName !== undefined) return { header: hash.httpHeaderName };
  if (hash.httpQueryParameterName !== undefined) return { queryParameter: hash.httpQueryParameterName };
  if (hash.useSourceIp) return { sourceIp: true };
  if (!hash.httpCookie) return undefined;
  const { attributes, ...cookie } = hash.httpCookie;
  return { cookie: { ...cookie, ...(attributes.length > 0 && { attributes }) } };
}

function toTable({ maglev, ringHash, minimumRingSize }: Hash): HashTable | undefined {
  if (maglev?.tableSize) return { of: 'maglev', size: maglev.tableSize };
  const size = ringHash?.minimumRingSize || minimumRingSize;
  return size ? { of: 'ring', size } : undefined;
}

type TcpMatch = VirtualService['spec']['tcp'][number]['match'][number];
type TlsMatch = VirtualService['spec']['tls'][number]['match'][number];
type ConnectionRules = 'tcp' | 'tls';

/** Where sidecars send connections: each port that is not declared HTTP, by the rules of all VirtualServices for its host, the older first. */
export function meshConnections(
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): ConnectionHost[] {
  const inMesh = followedBySidecars(virtualServices);
  return services.flatMap((service) =>
    service.ports.flatMap((declared) => {
      const { number: port, protocol } = declared;
      const rules = ruleKindsOf(protocol).find((kind) => kind !== 'http');
      if (rules === undefined) return [];
      const scope = { port, services, gateway: MESH_GATEWAY, address: service.clusterIP };
      const routes = covering(inMesh, service.host).flatMap((one) => connectionRoutes(one, rules, scope));
      return [{ host: service.host, port, routes: [...routes, defaultConnection(service, declared)] }];
    }),
  );
}

/** A VirtualService's rules of one kind as routes, one for each match, in their order. */
export function connectionRoutes(
  service: VirtualService,
  rules: ConnectionRules,
  scope: ConnectionScope,
): ConnectionRoute[] {
  return service.spec[rules].flatMap(({ match, route }, index) => {
    const decided = {
      destinations: toDestinations(route, { namespace: service.metadata.namespace, ...scope }),
      origin: ruleOrigin(service, [rules, index]),
    };
    const matches: readonly (TcpMatch | TlsMatch)[] = match;
    return matches.length === 0
      ? [decided]
      : matches
          .filter((one) => applies(one, service, scope) && reaches(one, scope))
          .map((one) => ({ ...conditions(one), ...decided }));
  });
}

interface ConnectionScope extends RouteScope {
  /** The address that connections are made to, where it is known. */
  readonly address?: string | undefined;
}

/** Whether a match's subnets hold the address; one that cannot be told is in all of them. */
function reaches({ destinationSubnets }: TcpMatch | TlsMatch, { address = '' }: ConnectionScope): boolean {
  const family = isIP(address);
  if (destinationSubnets.length === 0 || family === 0) return true;
  return destinationSubnets.some((subnet) => {
    const [network = '', bits] = subnet.split('/');
    if (isIP(network) !== family) return false;
    const list = new BlockList();
    const type = family === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(network, Number(bits ?? (family === 4 ? 32 : 128)), type);
    return list.check(address, type);
  });
}

function conditions(match: TcpMatch | TlsMatch): Omit<ConnectionRoute, 'destinations' | 'origin'> {
  const { sourceLabels, sourceNamespace } = match;
  return {
    ...('sniHosts' in match && { serverNames: match.sniHosts }),
    ...(Object.keys(sourceLabels).length > 0 && { sourceLabels }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}

function defaultConnection(service: Service, { number: port, protocol }: ServicePort): ConnectionRoute {
  const { host } = service;
  const isTls = protocol === 'TLS' || protocol === 'HTTPS';
  return {
    ...(isTls && isKnownByName(service) && { serverNames: [host] }),
    ...{ destinations: [{ host, port, weight: 100 }], origin: serviceOrigin(service) },
  };
}

/** Connections to a host outside that has no address of its own are its by the name that they ask for, as in Istio. */
function isKnownByName(service: Service): boolean {
  return !isKubernetesService(service) && !service.addresses && !service.host.startsWith('*');
}
