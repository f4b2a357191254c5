import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { keyCluster } from '#mesh/envoy/filters/jwt/remote-keys.ts';
import { TOKEN_PAYLOAD } from '#mesh/envoy/filters/rbac/tokens.ts';
import { nonEmpty, present, typed } from '#mesh/envoy/json.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { TokenRule } from '#mesh/model/policy.ts';

/**
 * Checks tokens, and leaves their claims to the filters behind. A request without token passes: what it may do is for
 * authorization policies to say. Undefined without rules.
 */
export function jwtAuthn(rules: readonly TokenRule[], scope: Scope): JsonObject | undefined {
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

function provider(rule: TokenRule, scope: Scope): JsonObject {
  return present({
    issuer: rule.issuer,
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
    normalize_payload_in_metadata: { space_delimited_claims: rule.spaceDelimitedClaims },
  });
}

function keys(source: TokenRule['keys'], scope: Scope): JsonObject {
  if ('inline' in source) return { local_jwks: { inline_string: source.inline } };
  return {
    remote_jwks: {
      http_uri: {
        uri: source.uri,
        cluster: keyCluster(source.uri, scope).name,
        timeout: seconds(source.timeout),
      },
      // Before the first token comes, but without holding anything up when the keys cannot be had.
      async_fetch: { fast_listener: true },
    },
  };
}

/** One valid token is enough, and none at all passes; a token that nobody accepts does not. */
function requirement(count: number): JsonObject {
  const names = Array.from({ length: count }, (_, index) => ({ provider_name: providerName(index) }));
  const orMissing = names.map((name) => any([name, { allow_missing: {} }]));
  const [only] = orMissing;
  return only && count === 1 ? only : any([...names, { requires_all: { requirements: orMissing } }]);
}

function any(requirements: readonly JsonObject[]): JsonObject {
  return { requires_any: { requirements } };
}
