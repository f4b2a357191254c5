import type { JsonObject } from '#mesh/envoy/config.ts';
import { present, typed } from '#mesh/envoy/json.ts';
import {
  gatewayClientRoots,
  gatewaySecret,
  ROOT_SECRET,
  secretConfig,
  WORKLOAD_SECRET,
} from '#mesh/envoy/tls/secrets.ts';
import type { GatewayTls } from '#mesh/model/gateway.ts';

const HTTP_PROTOCOLS = ['h2', 'http/1.1'];

/** What a sidecar shows and demands: a certificate of the mesh on both sides. */
export function mutualTlsServer(trustDomain: string): JsonObject {
  return tlsSocket({
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

/** What a gateway shows to the outside. */
export function gatewayTlsServer({ mode, credential }: GatewayTls): JsonObject {
  const clients =
    mode === 'MUTUAL'
      ? {
          default_validation_context: {},
          validation_context_sds_secret_config: secretConfig(gatewayClientRoots(credential)),
        }
      : undefined;
  return tlsSocket({
    common_tls_context: present({
      alpn_protocols: HTTP_PROTOCOLS,
      tls_certificate_sds_secret_configs: [secretConfig(gatewaySecret(credential))],
      combined_validation_context: clients,
    }),
    require_client_certificate: mode === 'MUTUAL',
  });
}

function tlsSocket(context: JsonObject): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', context),
  };
}
