import { decidingRoutes } from '#mesh/istiod/envoy/listeners/tcp-proxy.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_PROXY, HTTP_TUNNEL, sniffedTunnel } from '#mesh/istiod/envoy/names.ts';
import { opaqueHost } from '#mesh/istiod/envoy/routes/kube-proxy-routes.ts';
import { matchesSource } from '#mesh/istiod/envoy/routes/match.ts';
import { envoyRoute } from '#mesh/istiod/envoy/routes/route.ts';
import { unknownHosts } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import { readPorts } from '#mesh/istiod/envoy/routes/unread.ts';
import {
  authorities,
  type EnvoyVirtualHost,
  tunnelRoute,
  virtualHosts,
} from '#mesh/istiod/envoy/routes/virtual-host.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import { hostNames } from '#mesh/istiod/model/host-names.ts';
import { type Pod, tcpPortKey } from '#mesh/istiod/model/pod.ts';
import { routesFor, type VirtualHost } from '#mesh/istiod/model/route.ts';
import type { Protocol, Service } from '#mesh/istiod/model/service.ts';
import type { ConnectionRoute } from '#mesh/istiod/model/traffic-policy.ts';
import { once, onceWith } from '#mesh/once.ts';

const OPAQUE: ReadonlySet<Protocol> = new Set(['HTTPS', 'TLS', 'TCP']);

/** The route configuration of a sidecar's HTTP proxy: all hosts at all ports, told apart by the authority. */
export function sidecarRoutes(pod: Pod, scope: Scope): envoy.RouteConfiguration {
  return {
    name: HTTP_PROXY,
    virtual_hosts: virtualHosts([
      ...scope.mesh.virtualHosts.map((host) => httpHost(host, pod, scope)),
      ...scope.mesh.services
        .filter(({ byRoutesAlone }) => !byRoutesAlone)
        .flatMap((service) => opaqueHosts(service, scope)),
      ...unknownHosts(scope.mesh.outboundPolicy, scope.mesh, readPorts(scope.mesh.services)),
    ]),
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1_048_576,
  };
}

const hostsOf = once((_: Pod) => onceWith<VirtualHost, EnvoyVirtualHost>());

/** A change of one service or route leaves a pod's other hosts as they are. */
function httpHost(virtualHost: VirtualHost, pod: Pod, scope: Scope): EnvoyVirtualHost {
  const { host, port, routes, otherwise = [] } = virtualHost;
  const isSniffed = scope.sniffed.has(tcpPortKey(host, port));
  const named = [...routes, ...otherwise.flat()].flatMap(({ action }) =>
    action.kind === 'forward' ? action.destinations.map((destination) => destination.host) : [],
  );
  const services = [host, ...named].map((name) => scope.services.get(name));
  const { metrics } = scope.observer ?? {};
  return hostsOf(pod)(virtualHost, [isSniffed, metrics, ...services], () =>
    newHttpHost(virtualHost, isSniffed, scope),
  );
}

/**
 * HTTP in a CONNECT tunnel is routed like any other: its bytes come back through an internal listener. What else a tunnel to
 * a sniffed port carries is a connection, for the listener that sniffs.
 */
function newHttpHost(virtualHost: VirtualHost, isSniffed: boolean, scope: Scope): EnvoyVirtualHost {
  const { host, port } = virtualHost;
  const service = scope.services.get(host);
  const names = service ? hostNames(service, scope.namespace) : [host];
  return {
    name: `${host}:${port}`,
    domains: host === '*' ? ['*'] : authorities(names, port),
    routes: [
      tunnelRoute({ cluster: isSniffed ? sniffedTunnel(host, port) : HTTP_TUNNEL }),
      ...ownRoutes(virtualHost, scope),
    ],
  };
}

function ownRoutes(virtualHost: VirtualHost, scope: Scope): envoy.Route[] {
  const own = routesFor(virtualHost, (match) => matchesSource(match, scope));
  return own.map((route) => envoyRoute(route, virtualHost, scope));
}

/** The route configuration of each port that a sidecar sniffs: whatever host its requests name, they are for its service. */
export function sniffedRoutes(scope: Scope): (envoy.RouteConfiguration & { readonly name: string })[] {
  return scope.mesh.virtualHosts
    .filter(({ host, port }) => scope.sniffed.has(tcpPortKey(host, port)))
    .map((virtualHost) => {
      const name = `${virtualHost.host}:${virtualHost.port}`;
      const hosts = [{ name, domains: ['*'], routes: ownRoutes(virtualHost, scope) }];
      return {
        name,
        virtual_hosts: virtualHosts(hosts),
        validate_clusters: false,
        max_direct_response_body_size_bytes: 1_048_576,
        ignore_port_in_host_matching: true,
      };
    });
}

/** Ports whose bytes the mesh does not read: TLS by the program itself, and plain TCP. */
function opaqueHosts(service: Service, scope: Scope): EnvoyVirtualHost[] {
  const { namespace } = scope;
  return service.ports
    .filter(({ protocol }) => OPAQUE.has(protocol))
    .map(({ number: port }) =>
      opaqueHost({
        ...{ service, port, namespace },
        route: tunnelledRoute(service, port, scope),
        ...(scope.named.has(tcpPortKey(service.host, port)) && { isNamed: true }),
      }),
    );
}

/** Where no listener reads a tunnel's greeting, it is taken to ask for the host that the tunnel is for. */
function tunnelledRoute(service: Service, port: number, scope: Scope): ConnectionRoute | undefined {
  const names = hostNames(service, scope.namespace);
  const found = scope.mesh.connectionHosts?.find((one) => one.host === service.host && one.port === port);
  return decidingRoutes(found?.routes ?? [], scope).find(
    ({ serverNames }) => !serverNames || serverNames.some((name) => names.some((host) => covers(name, host))),
  );
}

/** A server name may be `*.example.com`. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*') && host.endsWith(name.slice(1)));
}
