import { stringPattern } from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';

/** Where the filter for tokens leaves a valid token's claims: its metadata, under this key. */
export const TOKEN_FILTER = 'envoy.filters.http.jwt_authn';
export const TOKEN_PAYLOAD = 'payload';

/** A claim that is one of the values, or a list with one of them in it. */
export function claim(path: readonly string[], values: readonly string[]): envoy.Principal {
  const [only, ...others] = values.map((value) => ({ string_match: stringPattern(value) }));
  const one = only && others.length === 0 ? only : { or_match: { value_matchers: [only ?? {}, ...others] } };
  return payload(path, { or_match: { value_matchers: [{ list_match: { one_of: one } }, one] } });
}

/** A token whose `issuer/subject` is one of the values; the last slash divides, because issuers may be URLs. */
export function requestPrincipals(values: readonly string[]): envoy.Principal {
  const [only, ...others] = values.map(requestPrincipal);
  return only && others.length === 0 ? only : { or_ids: { ids: [only ?? {}, ...others] } };
}

function requestPrincipal(value: string): envoy.Principal {
  const { issuer, subject } = divide(value);
  return {
    and_ids: {
      ids: [
        payload(['iss'], { string_match: stringPattern(issuer) }),
        payload(['sub'], { string_match: stringPattern(subject) }),
      ],
    },
  };
}

/** A pattern without slash speaks of the end of the subject (`*name`) or of the beginning of the issuer (`name*`). */
function divide(value: string): { issuer: string; subject: string } {
  const slash = value.lastIndexOf('/');
  if (slash >= 0) return { issuer: value.slice(0, slash), subject: value.slice(slash + 1) };
  if (value.startsWith('*')) return { issuer: '*', subject: value };
  return value.endsWith('*') ? { issuer: value, subject: '*' } : { issuer: value, subject: '' };
}

function payload(path: readonly string[], value: envoy.ValueMatcher): envoy.Principal {
  const keys = [TOKEN_PAYLOAD, ...path].map((key) => ({ key }));
  // Istio still writes `metadata`, which Envoy has deprecated; this says the same.
  return { sourced_metadata: { metadata_matcher: { filter: TOKEN_FILTER, path: keys, value } } };
}
