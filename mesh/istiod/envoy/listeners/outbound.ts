import {
  discoveredRoutes,
  httpConnection,
  outsideFilters,
} from '#mesh/istiod/envoy/listeners/http-connection.ts';
import {
  httpInspector,
  listener,
  PLAIN_HTTP,
  tlsInspector,
  unlimitedSniffing,
} from '#mesh/istiod/envoy/listeners/listener.ts';
import { connectionChains, tcpProxy } from '#mesh/istiod/envoy/listeners/tcp-proxy.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { clusterName, HTTP_TUNNEL, statName, UNANSWERED } from '#mesh/istiod/envoy/names.ts';
import { ownServerHeader, serverFilter } from '#mesh/istiod/envoy/routes/unread.ts';
import { CLIENT, type Observer, type Scope } from '#mesh/istiod/envoy/scope.ts';
import { observeHttp, observeTcp } from '#mesh/istiod/envoy/telemetry/observe.ts';
import { isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { KubeProxy } from '#mesh/istiod/model/mesh.ts';
import { type TcpPorts, tcpPortKey } from '#mesh/istiod/model/pod.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

export interface HttpProxyOptions {
  /** Of the listener and its route configuration. */
  readonly name: string;
  readonly port: number;
  readonly observer: Observer | undefined;
}

/** The HTTP proxy for programs: requests in absolute form, and CONNECT. */
export function httpProxyListener({ name, port, observer }: HttpProxyOptions): envoy.Listener {
  const filters = [routed(name, observer)];
  return listener({ name, port, direction: 'OUTBOUND' }, { filter_chains: [{ filters }] });
}

/**
 * Where HTTP that came inside a CONNECT tunnel is unpacked: a listener without socket, which routes like the proxy.
 * Some clients tunnel everything, and their requests want routes as well.
 */
export function tunnelListener(routes: string, observer: Observer | undefined): envoy.Listener {
  return {
    name: HTTP_TUNNEL,
    internal_listener: {},
    traffic_direction: 'OUTBOUND',
    filter_chains: [{ filters: [routed(routes, observer)] }],
  };
}

function routed(routes: string, observer: Observer | undefined): envoy.Listener {
  return httpConnection({
    stat_prefix: statName(`outbound_${routes}`),
    ...ownServerHeader,
    // Nothing on this machine takes longer to read what came before a tunnel's end.
    delayed_close_timeout: '0.2s',
    // kube-proxy passes bytes on and never says who it is.
    http_filters: observer ? [serverFilter, ...outsideFilters] : outsideFilters,
    local_reply_config: observer ? undefined : unanswered,
    upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }],
    ...discoveredRoutes(routes),
    ...observeHttp(observer, CLIENT),
  });
}

/** Marks answers in place of a pod that has ended its connection without one. */
const unanswered: envoy.HttpConnectionManager['local_reply_config'] = {
  mappers: [
    {
      filter: { response_flag_filter: { flags: ['UC'] } },
      headers_to_add: [
        { header: { key: UNANSWERED, value: 'UC' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ],
    },
  ],
};

/** A sidecar's listener for each port of a service that carries connections, at the local port that stands for it. */
export function tcpListeners(ports: TcpPorts, scope: Scope): envoy.Listener[] {
  return (scope.mesh.connectionHosts ?? []).flatMap(({ host, port, routes }) => {
    const service = scope.services.get(host);
    const local = ports[tcpPortKey(host, port)];
    const chains = service && local !== undefined ? connectionChains(routes, scope) : [];
    if (!service || local === undefined || chains.length === 0) return [];
    const isSniffed = scope.sniffed.has(tcpPortKey(host, port));
    return [
      isSniffed
        ? sniffingListener({ service, port, local }, chains, scope)
        : tcpListener({ service, port, local }, chains),
    ];
  });
}

/** Requests are routed as the VirtualService says, everything else goes the way of connections. */
function sniffingListener(
  at: ListenedPort,
  chains: readonly envoy.FilterChain[],
  scope: Scope,
): envoy.Listener {
  const { service, port } = at;
  const requests = httpConnection({
    stat_prefix: statName(`outbound_${addressOf(service)}_${port}`),
    http_filters: outsideFilters,
    ...discoveredRoutes(`${service.host}:${port}`),
    ...observeHttp(scope.observer, CLIENT),
  });
  // Envoy does not go back from a transport protocol that one chain names to chains that name none.
  const others = chains.map((chain) => ({
    ...chain,
    filter_chain_match: { transport_protocol: 'raw_buffer' },
  }));
  return {
    ...tcpListener(at, [{ filters: [requests], filter_chain_match: PLAIN_HTTP }, ...others]),
    listener_filters: [httpInspector],
    ...unlimitedSniffing,
  };
}

/** The same for pods without sidecar: no routes and no policy. */
export function plainTcpListeners(ports: TcpPorts, services: readonly Service[]): envoy.Listener[] {
  return services.flatMap((service) =>
    service.ports.flatMap(({ number: port }) => {
      const local = ports[tcpPortKey(service.host, port)];
      const cluster = clusterName({ direction: 'outbound', port, host: service.host });
      const filters = [plainTcp(cluster, service)];
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
function tcpListener(
  { service, port, local }: ListenedPort,
  chains: readonly envoy.FilterChain[],
): envoy.Listener {
  const byName = chains.some((chain) => 'filter_chain_match' in chain);
  return listener(
    { name: `${addressOf(service)}_${port}`, port: local, direction: 'OUTBOUND' },
    { listener_filters: byName ? [tlsInspector] : undefined, filter_chains: chains },
  );
}

/** As Istio names listeners, or the host itself if it has no address. */
function addressOf(service: Service): string {
  const { clusterIP, host } = service;
  return isKubernetesService(service) && clusterIP && clusterIP !== 'None' ? clusterIP : host;
}

/** kube-proxy is not a workload, and reports nothing. */
const NOBODY = observeTcp(undefined, CLIENT);

function plainTcp(cluster: string, { isSticky }: Service): envoy.NetworkFilter {
  return tcpProxy(cluster, { ...NOBODY, ...(isSticky && { hash_policy: [{ source_ip: {} }] }) });
}

/** A listener for every NodePort of the services that has a local port. */
export function nodePortListeners({ nodePorts }: KubeProxy, services: readonly Service[]): envoy.Listener[] {
  return services.flatMap((service) =>
    service.ports.flatMap(({ number, nodePort }) => {
      const cluster = clusterName({ direction: 'outbound', port: number, host: service.host });
      const port = nodePort === undefined ? undefined : nodePorts[nodePort];
      return port === undefined
        ? []
        : [
            listener(
              { name: `nodePort_${nodePort}`, port, direction: 'INBOUND' },
              { filter_chains: [{ filters: [plainTcp(cluster, service)] }] },
            ),
          ];
    }),
  );
}
