import { isIP } from 'node:net';
import { socketAddress } from '#mesh/istiod/envoy/clusters/endpoints.ts';
import { circuitBreakers } from '#mesh/istiod/envoy/clusters/policy.ts';
import { TOKEN_PAYLOAD } from '#mesh/istiod/envoy/filters/rbac/tokens.ts';
import { type Any, nonEmpty, seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { clusterName, statName } from '#mesh/istiod/envoy/names.ts';
import { standInCluster } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import { rootFileSecret, secretConfig } from '#mesh/istiod/envoy/tls/secrets.ts';
import type { TokenRule } from '#mesh/istiod/model/policy.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

/**
 * Checks tokens, and leaves their claims to the filters behind. A request without token passes: what it may do is for
 * authorization policies to say. Undefined without rules.
 */
export function jwtAuthn(rules: readonly TokenRule[], scope: Scope): Any | undefined {
  if (rules.length === 0) return undefined;
  return typed('envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
    bypass_cors_preflight: true,
    providers: Object.fromEntries(rules.map((rule, index) => [providerName(index), provider(rule, scope)])),
    rules: [{ match: { prefix: '/' }, requires: requirement(rules.length) }],
  });
}

/** As Istio names them. */
function providerName(index: number): string {
  return `origins-${index}`;
}

function provider(rule: TokenRule, scope: Scope): envoy.JwtProvider {
  return {
    issuer: rule.issuer === '' ? undefined : rule.issuer,
    audiences: nonEmpty(rule.audiences),
    ...keys(rule.keys, scope),
    from_headers: nonEmpty(rule.headers.map(({ name, prefix }) => ({ name, value_prefix: prefix }))),
    from_params: nonEmpty(rule.parameters),
    from_cookies: nonEmpty(rule.cookies),
    forward: rule.forward,
    forward_payload_header: rule.payloadHeader,
    claim_to_headers: nonEmpty(
      rule.claimHeaders.map(({ header, claim }) => ({ header_name: header, claim_name: claim })),
    ),
    payload_in_metadata: TOKEN_PAYLOAD,
    // Routes may ask for claims, and were chosen before the token was checked.
    clear_route_cache: true,
    normalize_payload_in_metadata: { space_delimited_claims: rule.spaceDelimitedClaims },
  };
}

function keys(source: TokenRule['keys'], scope: Scope): envoy.JwtProvider {
  if ('inline' in source) return { local_jwks: { inline_string: source.inline } };
  return {
    remote_jwks: {
      http_uri: {
        uri: source.uri,
        cluster: keyCluster(source.uri, scope).name,
        timeout: seconds(source.timeout),
      },
      // Fetched before the first token comes, but without delaying anything if the keys are unavailable.
      async_fetch: { fast_listener: true },
    },
  };
}

/** One valid token is enough, and a request without a token passes; one with an invalid token does not. */
function requirement(count: number): envoy.JwtRequirement {
  const names = Array.from({ length: count }, (_, index) => ({ provider_name: providerName(index) }));
  const orMissing = names.map((name) => any([name, { allow_missing: {} }]));
  const [only] = orMissing;
  return only && count === 1 ? only : any([...names, { requires_all: { requirements: orMissing } }]);
}

function any(requirements: readonly envoy.JwtRequirement[]): envoy.JwtRequirement {
  return { requires_any: { requirements } };
}

/** How an Envoy gets at the keys behind a URI. */
export interface KeyCluster {
  readonly name: string;
  /** Absent where the proxy has the cluster anyway. */
  readonly cluster?: envoy.Cluster;
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
export function keyClusters(tokens: readonly TokenRule[], scope: Scope): readonly envoy.Cluster[] {
  return tokens.flatMap(({ keys }): envoy.Cluster[] => {
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

function outsideCluster({ name, hostname, port, secure }: OutsideOptions): envoy.Cluster {
  const endpoint = { address: socketAddress(hostname, port) };
  return {
    name,
    alt_stat_name: statName(name),
    type: isIP(hostname) === 0 ? 'STRICT_DNS' : 'STATIC',
    dns_lookup_family: isIP(hostname) === 0 ? 'V4_PREFERRED' : undefined,
    connect_timeout: '10s',
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    transport_socket: secure ? tls(hostname) : undefined,
  };
}

function tls(hostname: string): envoy.TransportSocket {
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
