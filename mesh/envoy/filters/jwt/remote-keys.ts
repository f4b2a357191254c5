import { isIP } from 'node:net';
import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';
import { clusterName, statName } from '#mesh/envoy/names.ts';
import { standInCluster } from '#mesh/envoy/routes/unknown-hosts.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import { rootFileSecret, secretConfig } from '#mesh/envoy/tls/secrets.ts';
import type { TokenRule } from '#mesh/model/policy.ts';
import type { Service } from '#mesh/model/service.ts';

/** How an Envoy gets at the keys behind a URI. */
export interface KeyCluster {
  readonly name: string;
  /** Absent where the proxy has the cluster anyway. */
  readonly cluster?: JsonObject;
}

/**
 * A service of the mesh, a local process that plays the host, or the host itself: keys are the mesh's own
 * business, so the outbound policy does not stand in the way, as it does not for a control plane that fetches them.
 */
export function keyCluster(uri: string, { mesh }: Scope): KeyCluster {
  const { protocol, hostname, port: written } = new URL(uri);
  const secure = protocol === 'https:';
  const port = Number(written) || (secure ? 443 : 80);
  if (!secure) {
    const service = mesh.services.find(
      (candidate) => hasPort(candidate, port) && isCalled(candidate, hostname),
    );
    if (service) return { name: clusterName({ direction: 'outbound', port, host: service.host }) };
    const standIn = mesh.standIns.find((process) => process.host === hostname && process.port === port);
    if (standIn) return { name: standInCluster(standIn) };
  }
  const name = `jwks|${port}||${hostname}`;
  return { name, cluster: outsideCluster({ name, hostname, port, secure }) };
}

/** The clusters for keys that the proxy does not have anyway. */
export function keyClusters(tokens: readonly TokenRule[], scope: Scope): readonly JsonObject[] {
  return tokens.flatMap(({ keys }): JsonObject[] => {
    const { cluster } = 'uri' in keys ? keyCluster(keys.uri, scope) : {};
    return cluster ? [cluster] : [];
  });
}

function hasPort({ ports }: Service, port: number): boolean {
  return ports.some(({ number }) => number === port);
}

function isCalled({ host, name, namespace }: Service, hostname: string): boolean {
  return [host, `${name}.${namespace}`, `${name}.${namespace}.svc`].includes(hostname);
}

interface OutsideOptions {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
}

function outsideCluster({ name, hostname, port, secure }: OutsideOptions): JsonObject {
  const endpoint = { address: socketAddress(hostname, port) };
  return {
    name,
    alt_stat_name: statName(name),
    type: isIP(hostname) === 0 ? 'STRICT_DNS' : 'STATIC',
    ...(isIP(hostname) === 0 && { dns_lookup_family: 'V4_PREFERRED' }),
    connect_timeout: '10s',
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...(secure && { transport_socket: tls(hostname) }),
  };
}

function tls(hostname: string): JsonObject {
  const matcher = { exact: hostname };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: hostname,
      common_tls_context: {
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [
              { san_type: isIP(hostname) === 0 ? 'DNS' : 'IP_ADDRESS', matcher },
            ],
          },
          validation_context_sds_secret_config: secretConfig(rootFileSecret(undefined)),
        },
      },
    }),
  };
}
