import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { clusterName, PASSTHROUGH } from '#mesh/istiod/envoy/names.ts';
import { unread } from '#mesh/istiod/envoy/routes/unread.ts';
import {
  authorities,
  directResponse,
  type EnvoyVirtualHost,
  refusedTunnelRoute,
  tunnelRoute,
} from '#mesh/istiod/envoy/routes/virtual-host.ts';
import type { Mesh, OutboundPolicy, StandIn } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';

const BLOCKED = 502;
const UNAVAILABLE = 503;
const EVERYTHING = { prefix: '/' };

/**
 * What happens to hosts that are not in the registry.
 * @param read the ports at which requests for them are read; at others they pass as bytes do
 */
export function unknownHosts(
  policy: OutboundPolicy,
  mesh: Pick<Mesh, 'standIns' | 'pods'>,
  read: ReadonlySet<number> = new Set(),
): EnvoyVirtualHost[] {
  if (policy === 'REGISTRY_ONLY') return [blockAll];
  return [
    ...passthroughHosts(mesh).map((host) => localHost(host, read.has(host.port))),
    ...mesh.pods.flatMap(closedPorts),
    allowAny(read),
  ];
}

/** The cluster of a local process that plays an unregistered outside host. */
export function standInCluster({ host, port }: StandIn): string {
  return clusterName({ direction: 'outbound', port, subset: PASSTHROUGH, host });
}

const blockAll: EnvoyVirtualHost = {
  name: 'block_all',
  domains: ['*'],
  routes: [
    refusedTunnelRoute(BLOCKED),
    { name: 'block_all', match: EVERYTHING, direct_response: directResponse({ status: BLOCKED }) },
  ],
};

/** An authority without port means port 80. */
function allowAny(read: ReadonlySet<number>): EnvoyVirtualHost {
  const ports = [...read].sort((one, other) => one - other).join('|');
  const regex = read.has(80) ? `[^:]*|\\[.*\\]|.*:(${ports})` : `.*:(${ports})`;
  const isRead: envoy.HeaderMatcher = { name: ':authority', string_match: { safe_regex: { regex } } };
  return {
    name: 'allow_any',
    domains: ['*'],
    isUnread: true,
    routes: [
      tunnelRoute({ cluster: PASSTHROUGH }),
      ...(read.size === 0 ? [] : [onlyAttempt(passthroughRoute(PASSTHROUGH, [isRead]))]),
      { ...passthroughRoute(PASSTHROUGH), ...unread },
    ],
  };
}

/** As the virtual host would say of its requests, did it not hold others as well. */
function onlyAttempt(route: envoy.Route): envoy.Route {
  return {
    ...route,
    request_headers_to_add: [
      {
        header: { key: 'x-envoy-attempt-count', value: '1' },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
  };
}

function localHost(standIn: StandIn, isRead: boolean): EnvoyVirtualHost {
  const cluster = standInCluster(standIn);
  return {
    name: `allow_any|${standIn.host}:${standIn.port}`,
    domains: authorities([standIn.host], standIn.port),
    routes: [tunnelRoute({ cluster }), { ...passthroughRoute(cluster), ...(isRead ? {} : unread) }],
    isUnread: !isRead,
  };
}

/** Whatever has a pod's address elsewhere on the machine's networks is not that pod. */
function closedPorts({ address }: Pod): EnvoyVirtualHost[] {
  if (address === undefined) return [];
  const closed = { status: UNAVAILABLE, body: 'the pod does not listen on this port' };
  return [
    {
      name: `closed|${address}`,
      domains: [address, `${address}:*`],
      routes: [
        refusedTunnelRoute(UNAVAILABLE),
        { name: 'closed', match: EVERYTHING, direct_response: directResponse(closed) },
      ],
    },
  ];
}

function passthroughRoute(cluster: string, headers?: envoy.RouteMatch['headers']): envoy.Route {
  return { name: 'allow_any', match: { ...EVERYTHING, headers }, route: { cluster, timeout: '0s' } };
}

export interface PassthroughHost extends StandIn {
  /** Whether connections to it are used again; true by default. */
  readonly keepAlive?: boolean;
}

/**
 * What a proxy that passes unknown hosts through finds on this machine: stand-ins for the outside, and the pods by
 * their addresses. As in Istio, a pod's address is not a host of the registry: requests for it are not routed, go in plain
 * text, and are blocked by REGISTRY_ONLY. Each takes a separate connection, as a program's would without a
 * proxy, so that STRICT holds for the next request.
 */
export function passthroughHosts({
  standIns,
  pods,
}: Pick<Mesh, 'standIns' | 'pods'>): readonly PassthroughHost[] {
  return [...standIns, ...pods.flatMap(podHosts)];
}

function podHosts({ address, ports }: Pod): PassthroughHost[] {
  if (address === undefined) return [];
  return ports.map(({ containerPort, inboundPort }) => ({
    host: address,
    port: containerPort,
    address: '127.0.0.1',
    localPort: inboundPort,
    keepAlive: false,
  }));
}
