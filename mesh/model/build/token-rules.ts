import type { TokenRule } from '#mesh/model/policy.ts';
import type { JwtRule } from '#mesh/schema/istio/request-authentication/jwt-rule.ts';

/** Istio's default for RequestAuthentication's `timeout`, in milliseconds. */
const FETCH_TIMEOUT = 5000;
/** Istio takes these for lists with spaces between in every token (RFC 6749's `scope`). */
const ALWAYS_SPACE_DELIMITED = ['permission', 'scope'];

export function tokenRule(rule: JwtRule): TokenRule {
  const { jwks, jwksUri = '', timeout = FETCH_TIMEOUT, outputPayloadToHeader } = rule;
  return {
    issuer: rule.issuer,
    audiences: rule.audiences,
    keys: jwks === undefined ? { uri: jwksUri, timeout } : { inline: jwks },
    headers: rule.fromHeaders,
    parameters: rule.fromParams,
    cookies: rule.fromCookies,
    ...(outputPayloadToHeader !== undefined && { payloadHeader: outputPayloadToHeader }),
    claimHeaders: rule.outputClaimToHeaders,
    forward: rule.forwardOriginalToken,
    spaceDelimitedClaims: [...new Set([...ALWAYS_SPACE_DELIMITED, ...rule.spaceDelimitedClaims])].sort(),
  };
}
