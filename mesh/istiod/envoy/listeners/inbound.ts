import { inboundClusterName } from '#mesh/istiod/envoy/clusters/static-cluster.ts';
import { httpConnection, meshFilters } from '#mesh/istiod/envoy/listeners/http-connection.ts';
import {
  httpInspector,
  listener,
  PLAIN_HTTP,
  tlsInspector,
  unlimitedSniffing,
} from '#mesh/istiod/envoy/listeners/listener.ts';
import { tcpProxy } from '#mesh/istiod/envoy/listeners/tcp-proxy.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { statName } from '#mesh/istiod/envoy/names.ts';
import {
  type InboundService,
  type Observer,
  type ServerSide,
  sideTelemetry,
} from '#mesh/istiod/envoy/scope.ts';
import { refusedConnectionLog } from '#mesh/istiod/envoy/telemetry/access-log.ts';
import { observeHttp, observeTcp } from '#mesh/istiod/envoy/telemetry/observe.ts';
import { peerFilter } from '#mesh/istiod/envoy/telemetry/peer-metadata.ts';
import { CONNECTION_ALPN, mutualTlsServer } from '#mesh/istiod/envoy/tls/contexts.ts';
import type { MtlsMode } from '#mesh/istiod/model/mesh.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { isHttp, type Protocol } from '#mesh/istiod/model/service.ts';

export interface InboundListenerOptions {
  readonly port: PodPort;
  readonly mode: MtlsMode;
  readonly target: InboundService | undefined;
  /** What the port carries: as its service says, or as a Sidecar does. */
  readonly protocol: Protocol;
  readonly trustDomain: string;
  /** What decides about the connections of a port that carries TCP. */
  readonly connectionFilters: readonly envoy.NetworkFilter[];
  readonly observer: Observer | undefined;
}

/** What stands in front of one of a pod's ports, and which connections it takes. */
export function inboundListener(options: InboundListenerOptions): envoy.Listener {
  const { port, mode, observer, target, protocol } = options;
  const { accessLog: log } = sideTelemetry(observer, { kind: 'server', target, security: 'none' });
  return listener(
    { name: `virtualInbound_${port.containerPort}`, port: port.inboundPort, direction: 'INBOUND' },
    {
      ...sniffing(mode, protocol === 'AUTO'),
      filter_chains: filterChains(options),
      access_log: refusedConnectionLog(log),
    },
  );
}

function sniffing(mode: MtlsMode, isSniffed: boolean): envoy.Listener {
  const filters = [...(mode === 'DISABLE' ? [] : [tlsInspector]), ...(isSniffed ? [httpInspector] : [])];
  return {
    ...(filters.length > 0 && { listener_filters: filters }),
    ...(isSniffed && unlimitedSniffing),
  };
}

type Carried = 'requests' | 'connections';

function filterChains(options: InboundListenerOptions): envoy.FilterChain[] {
  const { protocol } = options;
  if (protocol === 'AUTO') return sniffedChains(options);
  const carried: Carried = isHttp(protocol) ? 'requests' : 'connections';
  const mutual = chain(options, 'mutual_tls', carried);
  const plain = chain(options, 'none', carried);
  switch (options.mode) {
    case 'STRICT':
      return [matching(mutual, TLS)];
    case 'PERMISSIVE':
      return [
        matching(mutual, { ...TLS, application_protocols: ['istio'] }),
        matching(plain, PLAIN),
        // TLS of the program's own passes unread.
        ...(carried === 'connections' ? [matching(plain, TLS)] : []),
      ];
    case 'DISABLE':
      return [plain];
  }
}

const TLS: envoy.FilterChainMatch = { transport_protocol: 'tls' };
const PLAIN: envoy.FilterChainMatch = { transport_protocol: 'raw_buffer' };

/** Requests and connections of one port, told apart by their first bytes; within mutual TLS by the name of what it carries. */
function sniffedChains(options: InboundListenerOptions): envoy.FilterChain[] {
  const mutualRequests = chain(options, 'mutual_tls', 'requests');
  const mutual = chain(options, 'mutual_tls', 'connections');
  const requests = chain(options, 'none', 'requests');
  const plain = chain(options, 'none', 'connections');
  const byAlpn = matching(mutualRequests, { ...TLS, application_protocols: ['istio'] });
  switch (options.mode) {
    case 'STRICT':
      return [byAlpn, matching(mutual, TLS)];
    case 'PERMISSIVE':
      return [
        byAlpn,
        matching(mutual, { ...TLS, application_protocols: [CONNECTION_ALPN] }),
        matching(requests, PLAIN_HTTP),
        matching(plain, PLAIN),
        matching(plain, TLS),
      ];
    case 'DISABLE':
      return [matching(requests, PLAIN_HTTP), matching(plain, PLAIN)];
  }
}

function matching(chain: envoy.FilterChain, match: envoy.FilterChainMatch): envoy.FilterChain {
  return { ...chain, filter_chain_match: match };
}

function chain(
  options: InboundListenerOptions,
  security: ServerSide['security'],
  carried: Carried,
): envoy.FilterChain {
  const { port, target, observer, connectionFilters, trustDomain } = options;
  const side: ServerSide = { kind: 'server', target, security };
  const filters =
    carried === 'requests'
      ? [inboundHttp({ port, target, observer, side })]
      : [...connectionFilters, tcpProxy(inboundClusterName(port), observeTcp(observer, side))];
  return {
    name: `0.0.0.0_${port.containerPort}`,
    filters,
    ...(security === 'mutual_tls' && { transport_socket: mutualTlsServer(trustDomain) }),
  };
}

interface InboundHttpOptions {
  readonly port: PodPort;
  readonly target: InboundService | undefined;
  readonly observer: Observer | undefined;
  readonly side: ServerSide;
}

function inboundHttp({ port, target, observer, side }: InboundHttpOptions): envoy.NetworkFilter {
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

/** Everything goes to the program; requests that its closing connection never took are sent again. */
export function inboundRoutes(port: PodPort, target: InboundService | undefined): envoy.RouteConfiguration {
  const { service, port: servicePort } = target ?? {};
  const number = servicePort?.number ?? 0;
  const cluster = inboundClusterName(port);
  const route: envoy.Route = {
    name: 'default',
    match: { prefix: '/' },
    decorator: { operation: `${service?.host ?? ''}:${number}/*` },
    route: {
      cluster,
      timeout: '0s',
      retry_policy: { retry_on: 'reset-before-request', num_retries: 2 },
      max_stream_duration: { max_stream_duration: '0s', grpc_timeout_header_max: '0s' },
    },
  };
  return {
    name: cluster,
    validate_clusters: false,
    virtual_hosts: [{ name: `inbound|http|${number}`, domains: ['*'], routes: [route] }],
  };
}
