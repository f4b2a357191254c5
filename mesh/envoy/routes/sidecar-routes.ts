import type { JsonObject } from '#mesh/envoy/config.ts';
import { decidingRoutes } from '#mesh/envoy/listeners/connection-chains.ts';
import { HTTP_PROXY, HTTP_TUNNEL } from '#mesh/envoy/names.ts';
import { tunnelRoute } from '#mesh/envoy/routes/connect.ts';
import { authorities, hostNames } from '#mesh/envoy/routes/domains.ts';
import { opaqueHost } from '#mesh/envoy/routes/opaque-host.ts';
import { envoyRoute } from '#mesh/envoy/routes/route.ts';
import { matchesSource } from '#mesh/envoy/routes/source-match.ts';
import { unknownHosts } from '#mesh/envoy/routes/unknown-hosts.ts';
import { type EnvoyVirtualHost, virtualHosts } from '#mesh/envoy/routes/virtual-host.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';
import type { VirtualHost } from '#mesh/model/route.ts';
import type { Protocol, Service } from '#mesh/model/service.ts';

const OPAQUE: ReadonlySet<Protocol> = new Set(['HTTPS', 'TLS', 'TCP']);

/** The route configuration of a sidecar's HTTP proxy: all hosts at all ports, told apart by the authority. */
export function sidecarRoutes(scope: Scope): JsonObject {
  return {
    name: HTTP_PROXY,
    virtual_hosts: virtualHosts([
      ...scope.mesh.virtualHosts.map((host) => httpHost(host, scope)),
      ...scope.mesh.services.flatMap((service) => opaqueHosts(service, scope)),
      ...unknownHosts(scope.mesh.outboundPolicy, scope.mesh),
    ]),
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1_048_576,
  };
}

/** HTTP in a CONNECT tunnel is routed like any other: its bytes come back through an internal listener. */
function httpHost({ host, port, routes }: VirtualHost, scope: Scope): EnvoyVirtualHost {
  const service = scope.services.get(host);
  const names = service ? hostNames(service, scope.namespace) : [host];
  return {
    name: `${host}:${port}`,
    domains: host === '*' ? ['*'] : authorities(names, port),
    routes: [
      tunnelRoute({ cluster: HTTP_TUNNEL }),
      ...routes
        .filter(({ match }) => matchesSource(match, scope))
        .map((route) => envoyRoute(route, port, scope)),
    ],
  };
}

/** Ports whose bytes the mesh does not read: TLS by the program itself, and plain TCP. */
function opaqueHosts(service: Service, scope: Scope): EnvoyVirtualHost[] {
  const { namespace } = scope;
  return service.ports
    .filter(({ protocol }) => OPAQUE.has(protocol))
    .map(({ number: port }) =>
      opaqueHost({ service, port, namespace, route: tunnelledRoute({ host: service.host, port }, scope) }),
    );
}

/** A tunnel's greeting is not read: it is taken to ask for the host that the tunnel is for. */
function tunnelledRoute(of: { host: string; port: number }, scope: Scope): ConnectionRoute | undefined {
  const { host, port } = of;
  const found = scope.mesh.connectionHosts?.find((one) => one.host === host && one.port === port);
  return decidingRoutes(found?.routes ?? [], scope).find(
    ({ serverNames }) => !serverNames || serverNames.some((name) => covers(name, host)),
  );
}

/** A server name may be `*.example.com`. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*') && host.endsWith(name.slice(1)));
}
