import type { JsonObject } from '#mesh/envoy/config.ts';
import { nonEmpty, present, typed } from '#mesh/envoy/json.ts';
import { type ClusterKey, mutualTlsServerName } from '#mesh/envoy/names.ts';
import {
  certificateFileSecret,
  ROOT_SECRET,
  rootFileSecret,
  secretConfig,
  WORKLOAD_SECRET,
} from '#mesh/envoy/tls/secrets.ts';
import type { Service } from '#mesh/model/service.ts';
import type { ClientTls } from '#mesh/model/traffic-policy.ts';

const TLS_VERSIONS = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };

type OriginatedTls = Extract<ClientTls, { readonly mode: 'SIMPLE' | 'MUTUAL' }>;

/**
 * How a cluster's connections are protected. `auto` decides for each endpoint, by whether a sidecar is in front of
 * it; the other modes decide for all of them.
 */
export function upstreamTls(service: Service, key: ClusterKey, tls: ClientTls): JsonObject {
  switch (tls.mode) {
    case 'DISABLE':
      return {};
    case 'ISTIO_MUTUAL':
      return { transport_socket: mutualTlsSocket(service, key) };
    case 'auto':
      return service.location === 'MESH_EXTERNAL'
        ? {}
        : { transport_socket_matches: byEndpoint(service, key) };
    default:
      return { transport_socket: originatedTlsSocket(tls, service) };
  }
}

function byEndpoint(service: Service, key: ClusterKey): JsonObject[] {
  return [
    {
      name: 'tlsMode-istio',
      match: { tlsMode: 'istio' },
      transport_socket: mutualTlsSocket(service, key),
    },
    {
      name: 'tlsMode-disabled',
      match: {},
      transport_socket: {
        name: 'envoy.transport_sockets.raw_buffer',
        typed_config: typed('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'),
      },
    },
  ];
}

function mutualTlsSocket(service: Service, key: ClusterKey): JsonObject {
  return tlsSocket({
    common_tls_context: {
      tls_params: TLS_VERSIONS,
      alpn_protocols: ['istio'],
      tls_certificate_sds_secret_configs: [secretConfig(WORKLOAD_SECRET)],
      combined_validation_context: {
        default_validation_context: present({ match_typed_subject_alt_names: nonEmpty(identities(service)) }),
        validation_context_sds_secret_config: secretConfig(ROOT_SECRET),
      },
    },
    sni: mutualTlsServerName(key),
  });
}

/** The secure naming check: only these identities may answer for the service. */
function identities(service: Service): JsonObject[] {
  const uris = new Set(service.endpoints.flatMap(({ identity }) => identity ?? []));
  return [...uris].sort().map((exact) => ({ san_type: 'URI', matcher: { exact } }));
}

function originatedTlsSocket(tls: OriginatedTls, service: Service): JsonObject {
  return tlsSocket(
    present({
      common_tls_context: present({
        tls_params: TLS_VERSIONS,
        tls_certificate_sds_secret_configs:
          tls.mode === 'MUTUAL' && tls.clientCertificate && tls.privateKey
            ? [secretConfig(certificateFileSecret(tls.clientCertificate, tls.privateKey))]
            : undefined,
        combined_validation_context: tls.insecureSkipVerify ? undefined : serverValidation(tls, service),
      }),
      sni: tls.sni,
      // Without a name of its own in the DestinationRule, the server is asked for, and must prove, the host's name.
      auto_host_sni: tls.sni ? undefined : true,
      auto_sni_san_validation: tls.insecureSkipVerify || tls.subjectAltNames?.length ? undefined : true,
    }),
  );
}

function serverValidation(
  { subjectAltNames = [], caCertificates }: OriginatedTls,
  service: Service,
): JsonObject {
  const names = subjectAltNames.map((exact) => ({
    san_type: exact.includes('://') ? 'URI' : 'DNS',
    matcher: { exact },
  }));
  // No public authority vouches for a local stand-in.
  const system = service.endpoints.find(({ roots }) => roots !== undefined)?.roots;
  const roots = caCertificates === undefined || caCertificates === 'system' ? system : caCertificates;
  return {
    default_validation_context: present({ match_typed_subject_alt_names: nonEmpty(names) }),
    validation_context_sds_secret_config: secretConfig(rootFileSecret(roots)),
  };
}

function tlsSocket(context: JsonObject): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', context),
  };
}
