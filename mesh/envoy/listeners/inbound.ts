import { refusedConnectionLog } from '#mesh/envoy/access-log.ts';
import { inboundClusterName } from '#mesh/envoy/clusters/inbound-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { httpConnection, meshFilters } from '#mesh/envoy/listeners/http-connection.ts';
import { type InboundService, inboundProtocol } from '#mesh/envoy/listeners/inbound-service.ts';
import { listener, tlsInspector } from '#mesh/envoy/listeners/listener.ts';
import { tcpProxy } from '#mesh/envoy/listeners/tcp-proxy.ts';
import { peerFilter } from '#mesh/envoy/metrics/peer-metadata.ts';
import { statName } from '#mesh/envoy/names.ts';
import { observeHttp, observeTcp } from '#mesh/envoy/observation/observe.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { type ServerSide, sideTelemetry } from '#mesh/envoy/observation/side.ts';
import { inboundRoutes } from '#mesh/envoy/routes/inbound-routes.ts';
import { mutualTlsServer } from '#mesh/envoy/tls/downstream.ts';
import type { MtlsMode } from '#mesh/model/mesh.ts';
import type { PodPort } from '#mesh/model/pod.ts';

export interface InboundListenerOptions {
  readonly port: PodPort;
  readonly mode: MtlsMode;
  readonly target: InboundService | undefined;
  readonly trustDomain: string;
  /** What decides about the connections of a port that carries TCP. */
  readonly connectionFilters: readonly JsonObject[];
  readonly observer: Observer | undefined;
}

/** What stands in front of one of a pod's ports, and which connections it takes. */
export function inboundListener(options: InboundListenerOptions): JsonObject {
  const { port, mode, observer, target } = options;
  const { accessLog: log } = sideTelemetry(observer, { kind: 'server', target, security: 'none' });
  return listener(
    { name: `virtualInbound_${port.containerPort}`, port: port.inboundPort, direction: 'INBOUND' },
    {
      ...(mode !== 'DISABLE' && { listener_filters: [tlsInspector] }),
      filter_chains: filterChains(options),
      access_log: refusedConnectionLog(log),
    },
  );
}

function filterChains(options: InboundListenerOptions): JsonObject[] {
  const { port, mode, trustDomain } = options;
  const name = `0.0.0.0_${port.containerPort}`;
  const plain = { name, filters: inboundFilters(options, 'none') };
  const filters = inboundFilters(options, 'mutual_tls');
  const mutual = { name, filters, transport_socket: mutualTlsServer(trustDomain) };
  switch (mode) {
    case 'STRICT':
      return [{ ...mutual, filter_chain_match: { transport_protocol: 'tls' } }];
    case 'PERMISSIVE':
      return [
        { ...mutual, filter_chain_match: { transport_protocol: 'tls', application_protocols: ['istio'] } },
        { ...plain, filter_chain_match: { transport_protocol: 'raw_buffer' } },
      ];
    case 'DISABLE':
      return [plain];
  }
}

function inboundFilters(
  { port, target, observer, connectionFilters }: InboundListenerOptions,
  security: ServerSide['security'],
): readonly JsonObject[] {
  const side: ServerSide = { kind: 'server', target, security };
  const protocol = inboundProtocol(target);
  const isHttp = protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC';
  return isHttp && target
    ? [inboundHttp({ port, target, observer, side })]
    : [...connectionFilters, tcpProxy(inboundClusterName(port), observeTcp(observer, side))];
}

interface InboundHttpOptions {
  readonly port: PodPort;
  readonly target: InboundService;
  readonly observer: Observer | undefined;
  readonly side: ServerSide;
}

function inboundHttp({ port, target, observer, side }: InboundHttpOptions): JsonObject {
  return httpConnection({
    stat_prefix: statName(`inbound_0.0.0.0_${port.containerPort}`),
    server_name: 'istio-envoy',
    forward_client_cert_details: 'APPEND_FORWARD',
    set_current_client_cert_details: { subject: true, dns: true, uri: true },
    ...(observer?.metrics && { http_filters: [peerFilter, ...meshFilters] }),
    route_config: inboundRoutes(port, target),
    ...observeHttp(observer, side),
  });
}
