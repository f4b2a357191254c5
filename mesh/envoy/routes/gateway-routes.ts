import type { JsonObject } from '#mesh/envoy/config.ts';
import { envoyRoute } from '#mesh/envoy/routes/route.ts';
import { matchesSource } from '#mesh/envoy/routes/source-match.ts';
import { virtualHosts } from '#mesh/envoy/routes/virtual-host.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { GatewayServer } from '#mesh/model/gateway.ts';

/** `http.80`, `https.443`. */
export function gatewayRoutesName({ protocol, port }: GatewayServer): string {
  return `${protocol.toLowerCase()}.${port}`;
}

/** A gateway's port: hosts are told apart without their port, which differs on the laptop. */
export function gatewayRoutes(server: GatewayServer, scope: Scope): JsonObject {
  return {
    name: gatewayRoutesName(server),
    virtual_hosts: virtualHosts(
      server.virtualHosts.map(({ host, routes }) => ({
        name: `${host}:${server.port}`,
        domains: [host],
        requireTls: server.httpsRedirect,
        routes: routes
          .filter(({ match }) => matchesSource(match, scope))
          .map((route) => envoyRoute(route, server.port, scope)),
      })),
    ),
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1_048_576,
    ignore_port_in_host_matching: true,
  };
}
