import { discoveredRoutes, httpConnection } from '#mesh/istiod/envoy/listeners/http-connection.ts';
import {
  listener,
  type NamedChain,
  tlsInspector,
  uniqueChains,
} from '#mesh/istiod/envoy/listeners/listener.ts';
import { connectionChain, decidingRoutes } from '#mesh/istiod/envoy/listeners/tcp-proxy.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { statName } from '#mesh/istiod/envoy/names.ts';
import { gatewayRoutesName } from '#mesh/istiod/envoy/routes/gateway-routes.ts';
import { CLIENT, type Observer, type Scope } from '#mesh/istiod/envoy/scope.ts';
import { observeHttp } from '#mesh/istiod/envoy/telemetry/observe.ts';
import { gatewayTlsServer } from '#mesh/istiod/envoy/tls/contexts.ts';
import type { GatewayConnections, GatewayServer } from '#mesh/istiod/model/gateway.ts';

/** One port of a gateway; none when nothing says where its connections go, as in Istio. */
export function gatewayListener(server: GatewayServer, scope: Scope): envoy.Listener | undefined {
  const chains = uniqueChains(filterChains(server, scope));
  const inspected = server.protocol === 'HTTPS' || chains.some((chain) => 'filter_chain_match' in chain);
  return server.protocol === 'TCP' && chains.length === 0
    ? undefined
    : listener(
        {
          name: `0.0.0.0_${server.port}`,
          port: server.localPort,
          address: server.address,
          direction: 'OUTBOUND',
        },
        { listener_filters: inspected ? [tlsInspector] : undefined, filter_chains: chains },
      );
}

function filterChains(server: GatewayServer, scope: Scope): NamedChain[] {
  const connections = (server.connections ?? []).flatMap((one) => passedOn(one, scope));
  const http = (routes: string) => [gatewayHttp(server, routes, scope.observer)];
  const plain = { names: ['*'], chain: { filters: http(gatewayRoutesName(server)) } };
  switch (server.protocol) {
    case 'TCP':
      return connections;
    case 'HTTP':
      return [...connections, plain];
    case 'HTTPS': {
      const secure = server.tlsServers.map(({ name, tls }) => ({
        names: tls.hosts,
        chain: { filters: http(name), transport_socket: gatewayTlsServer(tls, 'requests') },
      }));
      return [...secure, ...connections, ...(server.virtualHosts.length > 0 ? [plain] : [])];
    }
  }
}

/** Connections whose TLS the gateway ends take the first route, others the one for the name they ask for. */
function passedOn({ hosts, tls, routes }: GatewayConnections, scope: Scope): NamedChain[] {
  return decidingRoutes(routes, scope).map((route) => ({
    names: route.serverNames ?? (tls ? hosts : ['*']),
    chain: {
      ...connectionChain(route, scope),
      transport_socket: tls && gatewayTlsServer(tls, 'connections'),
    },
  }));
}

function gatewayHttp(
  server: GatewayServer,
  routes: string,
  observer: Observer | undefined,
): envoy.NetworkFilter {
  return httpConnection({
    stat_prefix: statName(`outbound_0.0.0.0_${server.port}`),
    server_name: 'istio-envoy',
    use_remote_address: true,
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { subject: true, cert: true, dns: true, uri: true },
    ...discoveredRoutes(routes),
    ...observeHttp(observer, CLIENT),
  });
}
