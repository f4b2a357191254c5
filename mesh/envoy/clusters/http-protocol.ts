import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present, typed } from '#mesh/envoy/json.ts';
import type { Protocol } from '#mesh/model/service.ts';
import type { ConnectionPool } from '#mesh/model/traffic-policy.ts';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** HTTP/1.1 or HTTP/2 to the upstream, and how long its connections live; nothing where Envoy's defaults do. */
export function httpProtocol(protocol: Protocol, pool: ConnectionPool = {}): JsonObject {
  const common = connectionLife(pool);
  const isHttp2 = speaksHttp2(protocol, pool);
  const isHttp = protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC';
  const isClients = isHttp && pool.useClientProtocol === true;
  if (!isHttp2 && !isClients && Object.keys(common).length === 0) {
    return {};
  }
  return {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
        ...(Object.keys(common).length > 0 && { common_http_protocol_options: common }),
        ...(isClients ? CLIENTS_PROTOCOL : explicitProtocol(isHttp2)),
      }),
    },
  };
}

/** Whatever the caller speaks. */
const CLIENTS_PROTOCOL: JsonObject = {
  use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
};

function explicitProtocol(isHttp2: boolean): JsonObject {
  return { explicit_http_config: isHttp2 ? { http2_protocol_options: {} } : { http_protocol_options: {} } };
}

function speaksHttp2(protocol: Protocol, { h2UpgradePolicy }: ConnectionPool): boolean {
  return (
    protocol === 'HTTP2' || protocol === 'GRPC' || (protocol === 'HTTP' && h2UpgradePolicy === 'UPGRADE')
  );
}

function connectionLife({
  idleTimeout,
  maxConnectionDuration,
  maxRequestsPerConnection,
}: ConnectionPool): JsonObject {
  return present({
    idle_timeout: idleTimeout === undefined ? undefined : seconds(idleTimeout),
    max_connection_duration: maxConnectionDuration === undefined ? undefined : seconds(maxConnectionDuration),
    max_requests_per_connection: maxRequestsPerConnection || undefined,
  });
}
