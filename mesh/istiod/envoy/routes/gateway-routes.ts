import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { matchesSource } from '#mesh/istiod/envoy/routes/match.ts';
import { envoyRoute } from '#mesh/istiod/envoy/routes/route.ts';
import { virtualHosts } from '#mesh/istiod/envoy/routes/virtual-host.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import type { GatewayServer, GatewayVirtualHost } from '#mesh/istiod/model/gateway.ts';

/** `http.80`. */
export function gatewayRoutesName({ port }: GatewayServer): string {
  return `http.${port}`;
}

/** The route configurations of a gateway's port: one for its plain requests, one for each server that ends TLS. */
export function gatewayRoutes(server: GatewayServer, scope: Scope): envoy.RouteConfiguration[] {
  const { port, protocol, tlsServers } = server;
  switch (protocol) {
    case 'TCP':
      return [];
    case 'HTTP':
      return [plainRoutes(server, scope)];
    case 'HTTPS':
      return [
        ...tlsServers.map(({ name, virtualHosts: hosts }) =>
          routeConfiguration({ name, port, hosts, isSecure: true }, scope),
        ),
        ...(server.virtualHosts.length > 0 ? [plainRoutes(server, scope)] : []),
      ];
  }
}

function plainRoutes(server: GatewayServer, scope: Scope): envoy.RouteConfiguration {
  const { port, virtualHosts: hosts } = server;
  return routeConfiguration({ name: gatewayRoutesName(server), port, hosts }, scope);
}

interface ServedHosts {
  readonly name: string;
  readonly port: number;
  readonly hosts: readonly GatewayVirtualHost[];
  readonly isSecure?: boolean;
}

/** Hosts are compared without their port, which differs on the laptop. */
function routeConfiguration(
  { name, port, hosts, isSecure = false }: ServedHosts,
  scope: Scope,
): envoy.RouteConfiguration {
  return {
    name,
    virtual_hosts: virtualHosts(
      hosts.map(({ host, routes, httpsRedirect = false }) => ({
        name: `${host}:${port}`,
        domains: [host],
        requireTls: httpsRedirect,
        routes: routes
          .filter(({ match }) => matchesSource(match, scope))
          .map((route) => envoyRoute(route, { port, isSecure }, scope)),
      })),
    ),
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1_048_576,
    ignore_port_in_host_matching: true,
  };
}
