import type { JsonObject } from '#mesh/envoy/config.ts';
import { connectionChain, decidingRoutes } from '#mesh/envoy/listeners/connection-chains.ts';
import { discoveredRoutes, httpConnection } from '#mesh/envoy/listeners/http-connection.ts';
import { listener, tlsInspector } from '#mesh/envoy/listeners/listener.ts';
import { type NamedChain, uniqueChains } from '#mesh/envoy/listeners/named-chain.ts';
import { statName } from '#mesh/envoy/names.ts';
import { observeHttp } from '#mesh/envoy/observation/observe.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';
import { gatewayRoutesName } from '#mesh/envoy/routes/gateway-routes.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import { gatewayTlsServer } from '#mesh/envoy/tls/downstream.ts';
import type { GatewayConnections, GatewayServer } from '#mesh/model/gateway.ts';

/** One port of a gateway; none when nothing says where its connections go, as in Istio. */
export function gatewayListener(server: GatewayServer, scope: Scope): JsonObject | undefined {
  const chains = uniqueChains(filterChains(server, scope));
  const inspected = server.protocol === 'HTTPS' || chains.some((chain) => 'filter_chain_match' in chain);
  return server.protocol === 'TCP' && chains.length === 0
    ? undefined
    : listener(
        { name: `0.0.0.0_${server.port}`, port: server.localPort, direction: 'OUTBOUND' },
        { ...(inspected && { listener_filters: [tlsInspector] }), filter_chains: chains },
      );
}

function filterChains(server: GatewayServer, scope: Scope): NamedChain[] {
  const connections = (server.connections ?? []).flatMap((one) => passedOn(one, scope));
  const filters = server.protocol === 'TCP' ? [] : [gatewayHttp(server, scope.observer)];
  switch (server.protocol) {
    case 'TCP':
      return connections;
    case 'HTTP':
      return [{ names: ['*'], chain: { filters } }];
    case 'HTTPS': {
      const secure = server.tls.map((tls) => ({
        names: tls.hosts,
        chain: { filters, transport_socket: gatewayTlsServer(tls) },
      }));
      return [...secure, ...connections];
    }
  }
}

/** Connections whose TLS the gateway ends take the first route, others the one for the name they ask for. */
function passedOn({ hosts, tls, routes }: GatewayConnections, scope: Scope): NamedChain[] {
  return decidingRoutes(routes, scope).map((route) => ({
    names: route.serverNames ?? (tls ? hosts : ['*']),
    chain: { ...connectionChain(route, scope), ...(tls && { transport_socket: gatewayTlsServer(tls) }) },
  }));
}

function gatewayHttp(server: GatewayServer, observer: Observer | undefined): JsonObject {
  return httpConnection({
    stat_prefix: statName(`outbound_0.0.0.0_${server.port}`),
    server_name: 'istio-envoy',
    use_remote_address: true,
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { subject: true, cert: true, dns: true, uri: true },
    ...discoveredRoutes(gatewayRoutesName(server)),
    ...observeHttp(observer, CLIENT),
  });
}
