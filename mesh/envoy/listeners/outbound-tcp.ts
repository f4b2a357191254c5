import type { JsonObject } from '#mesh/envoy/config.ts';
import { connectionChains } from '#mesh/envoy/listeners/connection-chains.ts';
import { listener, tlsInspector } from '#mesh/envoy/listeners/listener.ts';
import { tcpProxy } from '#mesh/envoy/listeners/tcp-proxy.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import { observeTcp } from '#mesh/envoy/observation/observe.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';
import { isKubernetesService } from '#mesh/envoy/routes/domains.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import { type TcpPorts, tcpPortKey } from '#mesh/model/pod.ts';
import type { Service } from '#mesh/model/service.ts';

/** A sidecar's listener for each port of a service that carries connections, at the local port that stands for it. */
export function tcpListeners(ports: TcpPorts, scope: Scope): JsonObject[] {
  return (scope.mesh.connectionHosts ?? []).flatMap(({ host, port, routes }) => {
    const service = scope.services.get(host);
    const local = ports[tcpPortKey(host, port)];
    const chains = service && local !== undefined ? connectionChains(routes, scope) : [];
    return service && local !== undefined && chains.length > 0
      ? [tcpListener({ service, port, local }, chains)]
      : [];
  });
}

/** The same for pods without sidecar: no routes and no policy. */
export function plainTcpListeners(ports: TcpPorts, services: readonly Service[]): JsonObject[] {
  return services.flatMap((service) =>
    service.ports.flatMap(({ number: port }) => {
      const local = ports[tcpPortKey(service.host, port)];
      const cluster = clusterName({ direction: 'outbound', port, host: service.host });
      const filters = [tcpProxy(cluster, observeTcp(undefined, CLIENT))];
      return local === undefined ? [] : [tcpListener({ service, port, local }, [{ filters }])];
    }),
  );
}

interface ListenedPort {
  readonly service: Service;
  readonly port: number;
  readonly local: number;
}

/** Only where names decide are they looked for: a server that speaks first, such as a database, would wait in vain. */
function tcpListener({ service, port, local }: ListenedPort, chains: readonly JsonObject[]): JsonObject {
  const byName = chains.some((chain) => 'filter_chain_match' in chain);
  return listener(
    { name: `${addressOf(service)}_${port}`, port: local, direction: 'OUTBOUND' },
    { ...(byName && { listener_filters: [tlsInspector] }), filter_chains: chains },
  );
}

/** As Istio names listeners, and the host itself where it has no address of its own. */
function addressOf(service: Service): string {
  const { clusterIP, host } = service;
  return isKubernetesService(service) && clusterIP && clusterIP !== 'None' ? clusterIP : host;
}
