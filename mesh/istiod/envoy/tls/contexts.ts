import type { Messages } from '#mesh/istiod/envoy/generated/messages.ts';
import { nonEmpty } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { type ClusterKey, mutualTlsServerName } from '#mesh/istiod/envoy/names.ts';
import {
  alternativeName,
  type OriginatedTls,
  originatedTlsContext,
} from '#mesh/istiod/envoy/tls/originated.ts';
import {
  certificateFileSecret,
  gatewayClientRoots,
  gatewaySecret,
  inline,
  ROOT_SECRET,
  rootFileSecret,
  secretConfig,
  WORKLOAD_SECRET,
} from '#mesh/istiod/envoy/tls/secrets.ts';
import type { GatewayTls } from '#mesh/istiod/model/gateway.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import type { ClientTls, TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';

type CommonTls = Messages['envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'];

const UPSTREAM = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
const DOWNSTREAM = 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';
const TLS_VERSIONS: envoy.CommonTlsContext['tls_params'] = {
  tls_minimum_protocol_version: 'TLSv1_2',
  tls_maximum_protocol_version: 'TLSv1_3',
};

/** What a mutual TLS connection names that carries bytes instead of requests, where its port may carry either. */
export const CONNECTION_ALPN = 'istio-peer-exchange';

export interface UpstreamTls {
  readonly service: Service;
  readonly key: ClusterKey;
  readonly tls: ClientTls;
  /** The caller's, in which its Secrets are. */
  readonly namespace: string;
  /** Whether HTTP/2 is spoken, whatever the caller speaks. */
  readonly isHttp2: boolean;
  /** The version of the PROXY header with which connections begin. */
  readonly proxyProtocol?: TrafficPolicy['proxyProtocol'];
}

/**
 * How a cluster's connections are protected. `auto` decides for each endpoint, by whether a sidecar is in front of
 * it; the other modes decide for all of them.
 */
export function upstreamTls(options: UpstreamTls): envoy.Cluster {
  const { service, tls } = options;
  const wrap = (socket: envoy.TransportSocket) => withProxyHeader(socket, options);
  switch (tls.mode) {
    case 'ISTIO_MUTUAL':
      return { transport_socket: wrap(mutualTlsSocket(options, tls)) };
    case 'SIMPLE':
    case 'MUTUAL':
      return { transport_socket: wrap(originatedTlsSocket(tls, options)) };
    case 'auto':
    case 'DISABLE':
      if (tls.mode === 'DISABLE' || service.location === 'MESH_EXTERNAL')
        return options.proxyProtocol ? { transport_socket: wrap(PLAIN) } : {};
      return {
        transport_socket_matches: byEndpoint(options).map(({ transport_socket, ...match }) => ({
          ...match,
          transport_socket: wrap(transport_socket),
        })),
      };
  }
}

const PLAIN: envoy.TransportSocket = {
  name: 'envoy.transport_sockets.raw_buffer',
  typed_config: typed('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'),
};

function withProxyHeader(socket: envoy.TransportSocket, { proxyProtocol: version }: UpstreamTls) {
  if (version === undefined) return socket;
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typed_config: typed(
      'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
      {
        // V1 is what Envoy writes without saying.
        config: { version: version === 'V2' ? version : undefined },
        transport_socket: socket,
      },
    ),
  };
}

interface SocketMatch extends envoy.TransportSocketMatch {
  readonly transport_socket: envoy.TransportSocket;
}

function byEndpoint(options: UpstreamTls): SocketMatch[] {
  return [
    {
      name: 'tlsMode-istio',
      match: { tlsMode: 'istio' },
      transport_socket: mutualTlsSocket(options),
    },
    { name: 'tlsMode-disabled', match: {}, transport_socket: PLAIN },
  ];
}

type OwnNames = Pick<Extract<ClientTls, { readonly mode: 'ISTIO_MUTUAL' }>, 'sni' | 'subjectAltNames'>;

function mutualTlsSocket({ service, key, isHttp2 }: UpstreamTls, own: OwnNames = {}): envoy.TransportSocket {
  const names = own.subjectAltNames?.map(alternativeName) ?? identities(service);
  return tlsSocket(UPSTREAM, {
    common_tls_context: {
      tls_params: TLS_VERSIONS,
      alpn_protocols: isHttp2 ? ['istio', 'h2'] : ['istio'],
      tls_certificate_sds_secret_configs: [secretConfig(WORKLOAD_SECRET)],
      combined_validation_context: {
        default_validation_context: { match_typed_subject_alt_names: nonEmpty(names) },
        validation_context_sds_secret_config: secretConfig(ROOT_SECRET),
      },
    },
    sni: own.sni ?? mutualTlsServerName(key),
  });
}

/** The secure naming check: only these identities may answer for the service. */
function identities(service: Service): envoy.SubjectAltNameMatcher[] {
  const own = service.endpoints.flatMap(({ identity }) => identity ?? []);
  const all = new Set([...own, ...(service.subjectAltNames ?? [])]);
  return [...all].sort().map(alternativeName);
}

function originatedTlsSocket(tls: OriginatedTls, { service, namespace, isHttp2 }: UpstreamTls) {
  return tlsSocket(UPSTREAM, {
    common_tls_context: {
      tls_params: TLS_VERSIONS,
      alpn_protocols: isHttp2 ? ['h2'] : undefined,
      ...originatedTlsContext(tls, service, namespace),
    },
    sni: tls.sni || undefined,
  });
}

const HTTP_PROTOCOLS = ['h2', 'http/1.1'];

/** A sidecar presents and demands a certificate of the mesh. */
export function mutualTlsServer(trustDomain: string): envoy.TransportSocket {
  return tlsSocket(DOWNSTREAM, {
    common_tls_context: {
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
      alpn_protocols: HTTP_PROTOCOLS,
      tls_certificate_sds_secret_configs: [secretConfig(WORKLOAD_SECRET)],
      combined_validation_context: {
        default_validation_context: {
          match_typed_subject_alt_names: [
            { san_type: 'URI', matcher: { prefix: `spiffe://${trustDomain}/` } },
          ],
        },
        validation_context_sds_secret_config: secretConfig(ROOT_SECRET),
      },
    },
    require_client_certificate: true,
  });
}

/** What a gateway shows to the outside, and demands of it; `carries` says what is in it. */
export function gatewayTlsServer(
  tls: GatewayTls,
  carries: 'requests' | 'connections',
): envoy.TransportSocket {
  const { mode, minimumVersion, maximumVersion, cipherSuites } = tls;
  const limits = minimumVersion ?? maximumVersion ?? cipherSuites;
  return tlsSocket(DOWNSTREAM, {
    common_tls_context: {
      tls_params: limits && {
        tls_minimum_protocol_version: minimumVersion,
        tls_maximum_protocol_version: maximumVersion,
        cipher_suites: cipherSuites,
      },
      alpn_protocols:
        mode === 'ISTIO_MUTUAL' && carries === 'connections'
          ? [CONNECTION_ALPN, ...HTTP_PROTOCOLS]
          : HTTP_PROTOCOLS,
      tls_certificate_sds_secret_configs: shownByGateway(tls).map(secretConfig),
      ...clientValidation(tls),
    },
    require_client_certificate: mode === 'MUTUAL' || mode === 'ISTIO_MUTUAL',
  });
}

function shownByGateway({
  mode,
  credential,
  furtherCredentials = [],
  files = [],
}: GatewayTls): readonly string[] {
  if (mode === 'ISTIO_MUTUAL') return [WORKLOAD_SECRET];
  const secrets = [...(credential === undefined ? [] : [credential]), ...furtherCredentials];
  return secrets.length > 0
    ? secrets.map(gatewaySecret)
    : files.map(({ certificate, key }) => certificateFileSecret(certificate, key));
}

function clientValidation(tls: GatewayTls): CommonTls {
  const { mode, clients = {} } = tls;
  const { subjectAltNames = [], spki = [], hashes = [] } = clients;
  const names = { match_typed_subject_alt_names: nonEmpty(subjectAltNames.map(alternativeName)) };
  if (mode === 'SIMPLE') return subjectAltNames.length > 0 ? { validation_context: names } : {};
  const demanded = {
    ...names,
    verify_certificate_spki: nonEmpty(spki),
    verify_certificate_hash: nonEmpty(hashes),
    crl: clients.revoked === undefined ? undefined : { filename: clients.revoked },
    trust_chain_verification: clients.isUnsigned && ('ACCEPT_UNTRUSTED' as const),
  };
  const { clientRoots: roots } = tls;
  if (roots && 'pem' in roots) return { validation_context: { ...demanded, trusted_ca: inline(roots.pem) } };
  return {
    combined_validation_context: {
      default_validation_context: demanded,
      validation_context_sds_secret_config: secretConfig(rootsOfClients(tls)),
    },
  };
}

function rootsOfClients({ mode, credential, clientRoots }: GatewayTls): string {
  if (mode === 'ISTIO_MUTUAL') return ROOT_SECRET;
  if (clientRoots && 'file' in clientRoots) return rootFileSecret(clientRoots.file);
  const own = clientRoots && 'credential' in clientRoots ? clientRoots.credential : credential;
  return gatewayClientRoots(own ?? '');
}

function tlsSocket<Type extends typeof UPSTREAM | typeof DOWNSTREAM>(
  type: Type,
  context: Messages[Type],
): envoy.TransportSocket {
  return { name: 'envoy.transport_sockets.tls', typed_config: typed(type, context) };
}
