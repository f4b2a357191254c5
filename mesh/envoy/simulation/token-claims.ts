import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';
import type { TokenRule } from '#mesh/model/policy.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What a request's bearer token claims, if its issuer is believed. Its signature is not looked at. */
export function tokenClaims({ headers }: SimulatedRequest, rules: readonly TokenRule[]): Claims | undefined {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\./.exec(headers['authorization'] ?? '') ?? [];
  const claims = payload === undefined ? undefined : parsed(payload);
  return rules.some(({ issuer }) => issuer === claims?.['iss']) ? claims : undefined;
}

/** The texts at a path of claims: one, or the items of a list. */
export function claimTexts(claims: Claims | undefined, path: readonly string[]): readonly string[] {
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Claims)[key] : undefined),
    claims,
  );
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

function parsed(payload: string): Claims | undefined {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  } catch {
    return undefined;
  }
}
