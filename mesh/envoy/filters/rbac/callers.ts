import type { JsonObject } from '#mesh/envoy/config.ts';
import { claim, requestPrincipals } from '#mesh/envoy/filters/rbac/tokens.ts';
import { addressBlock, headerPattern, stringPattern } from '#mesh/envoy/filters/rbac/value-match.ts';
import type { CallerCondition } from '#mesh/model/policy.ts';

const SPIFFE = 'spiffe://';

/** Whether only a request can tell: a connection has no headers and no token. */
export function isOfRequest({ of }: CallerCondition): boolean {
  return of === 'header' || of === 'claim' || of === 'request-principal';
}

/** The Principal for a caller that one of the values fits. */
export function principal(condition: CallerCondition, values: readonly string[]): JsonObject {
  switch (condition.of) {
    case 'claim':
      return claim(condition.path, values);
    case 'request-principal':
      return requestPrincipals(values);
    default:
      return { or_ids: { ids: values.map((value) => single(condition, value)) } };
  }
}

type Single = Exclude<CallerCondition, { readonly of: 'claim' }>;

function single(condition: Single, value: string): JsonObject {
  switch (condition.of) {
    case 'header':
      return { header: headerPattern(condition.name, value) };
    case 'address':
      return { direct_remote_ip: addressBlock(value) };
    case 'remote-address':
      return { remote_ip: addressBlock(value) };
    case 'namespace':
      return certified({ safe_regex: { regex: `.*/ns/${value.replaceAll('*', '.*')}/.*` } });
    case 'service-account':
      return certified({ safe_regex: { regex: serviceAccount(value) } });
    default:
      return certified(identity(value));
  }
}

/** By the URI in the certificate that the caller has shown; a caller in plain text has none. */
function certified(principalName: JsonObject): JsonObject {
  return { authenticated: { principal_name: principalName } };
}

function identity(value: string): JsonObject {
  if (value === '*') return stringPattern(value);
  if (value.startsWith('*')) return { safe_regex: { regex: `${SPIFFE}.*${value.slice(1)}` } };
  return stringPattern(SPIFFE + value);
}

/** In any trust domain; further parts of the path may stand between and behind, as Istio allows. */
function serviceAccount(value: string): string {
  const [namespace = '', account = ''] = value.split('/');
  return `${SPIFFE}.+/ns/${namespace}/(.+/|)sa/${account}(/.+)?`;
}
