import type { JsonObject } from '#mesh/envoy/config.ts';
import { httpConnection, routesByFile } from '#mesh/envoy/listeners/http-connection.ts';
import { listener, tlsInspector } from '#mesh/envoy/listeners/listener.ts';
import { statName } from '#mesh/envoy/names.ts';
import { observeHttp } from '#mesh/envoy/observation/observe.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';
import { gatewayRoutesName } from '#mesh/envoy/routes/gateway-routes.ts';
import { gatewayTlsServer } from '#mesh/envoy/tls/downstream.ts';
import type { GatewayServer } from '#mesh/model/gateway.ts';

/** One port of a gateway. */
export function gatewayListener(server: GatewayServer, observer: Observer | undefined): JsonObject {
  const filters = [gatewayHttp(server, observer)];
  const name = `0.0.0.0_${server.port}`;
  return listener(
    { name, port: server.localPort, direction: 'OUTBOUND' },
    server.protocol === 'HTTPS'
      ? { listener_filters: [tlsInspector], filter_chains: tlsChains(server, filters) }
      : { filter_chains: [{ filters }] },
  );
}

/** A filter chain for each certificate, chosen by server name. Envoy refuses a name that comes twice: first wins. */
function tlsChains({ tls }: GatewayServer, filters: readonly JsonObject[]): JsonObject[] {
  const taken = new Set<string>();
  return tls.flatMap((context) => {
    const hosts = context.hosts.filter((host) => !taken.has(host));
    for (const host of hosts) {
      taken.add(host);
    }
    return hosts.length > 0
      ? [{ ...serverNames(hosts), filters, transport_socket: gatewayTlsServer(context) }]
      : [];
  });
}

function serverNames(hosts: readonly string[]): JsonObject {
  return hosts.includes('*') ? {} : { filter_chain_match: { server_names: hosts } };
}

function gatewayHttp(server: GatewayServer, observer: Observer | undefined): JsonObject {
  return httpConnection({
    stat_prefix: statName(`outbound_0.0.0.0_${server.port}`),
    server_name: 'istio-envoy',
    use_remote_address: true,
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { subject: true, cert: true, dns: true, uri: true },
    ...routesByFile(gatewayRoutesName(server)),
    ...observeHttp(observer, CLIENT),
  });
}
