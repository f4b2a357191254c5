import {
  addressBlock,
  type BoundPorts,
  headerPattern,
  isOperationOfRequest,
  permission,
  stringPattern,
} from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import { claim, requestPrincipals } from '#mesh/istiod/envoy/filters/rbac/tokens.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { AuthorizationPolicy, AuthorizationRule, CallerCondition } from '#mesh/istiod/model/policy.ts';

export interface RuleContext {
  readonly action: AuthorizationPolicy['action'];
  /** The subject of a decision: requests, or whole connections, about which less is known. */
  readonly level: 'http' | 'tcp';
  readonly ports: BoundPorts;
}

interface Values {
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/**
 * A rule as an Envoy policy. On a connection an ALLOW rule that asks anywhere for what only a request has is left out as a
 * whole; in a DENY or AUDIT rule that condition is left out, so that the rule takes more. Both err on the safe side, as
 * in Istio.
 */
export function rulePolicy(rule: AuthorizationRule, context: RuleContext): envoy.Policy | undefined {
  const { ports } = context;
  const permissions = decidable(rule.operations, isOperationOfRequest, context).map((conditions) => ({
    and_rules: {
      rules: all(conditions, {
        match: (condition, values) => permission(condition, values, ports),
        not: (matched) => ({ not_rule: matched }),
      }),
    },
  }));
  const principals = decidable(rule.callers, isCallerOfRequest, context).map((conditions) => ({
    and_ids: { ids: all(conditions, { match: principal, not: (matched) => ({ not_id: matched }) }) },
  }));
  return permissions.length > 0 && principals.length > 0 ? { permissions, principals } : undefined;
}

/** For a policy without rules. */
export const NEVER: envoy.Policy = {
  permissions: [{ not_rule: { any: true } }],
  principals: [{ not_id: { any: true } }],
};

function decidable<Condition>(
  alternatives: readonly (readonly Condition[])[],
  isOfRequest: (condition: Condition) => boolean,
  { action, level }: RuleContext,
): readonly (readonly Condition[])[] {
  if (level === 'http') return alternatives;
  if (action === 'ALLOW') return alternatives.flat().some(isOfRequest) ? [] : alternatives;
  return alternatives.map((conditions) => conditions.filter((condition) => !isOfRequest(condition)));
}

interface Combination<Condition, Matched> {
  readonly match: (condition: Condition, values: readonly string[]) => Matched;
  readonly not: (matched: Matched) => Matched;
}

function all<Condition extends Values, Matched extends { readonly any?: boolean | undefined }>(
  conditions: readonly Condition[],
  { match, not }: Combination<Condition, Matched>,
): readonly (Matched | { readonly any: true })[] {
  const parts = conditions.flatMap((condition) => [
    ...(condition.values.length > 0 ? [match(condition, condition.values)] : []),
    ...(condition.notValues.length > 0 ? [not(match(condition, condition.notValues))] : []),
  ]);
  return parts.length > 0 ? parts : [{ any: true }];
}

const SPIFFE = 'spiffe://';

/** Whether only a request can tell: a connection has no headers and no token. */
function isCallerOfRequest({ of }: CallerCondition): boolean {
  return of === 'header' || of === 'claim' || of === 'request-principal';
}

/** The Principal for a caller that one of the values fits. */
export function principal(condition: CallerCondition, values: readonly string[]): envoy.Principal {
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

function single(condition: Single, value: string): envoy.Principal {
  switch (condition.of) {
    case 'header':
      return { header: headerPattern(condition.name, value) };
    case 'address':
      return { direct_remote_ip: addressBlock(value) };
    case 'remote-address':
      return { remote_ip: addressBlock(value) };
    case 'namespace':
      return certified({ safe_regex: { regex: `.*/ns/${pattern(value, '.*')}/.*` } });
    case 'trust-domain':
      return certified({ safe_regex: { regex: `${SPIFFE}${pattern(value)}/.*` } });
    case 'service-account':
      return certified({ safe_regex: { regex: serviceAccount(value) } });
    default:
      return certified(identity(value));
  }
}

/** By the URI in the certificate that the caller has shown; a caller in plain text has none. */
function certified(principalName: envoy.StringMatcher): envoy.Principal {
  return { authenticated: { principal_name: principalName } };
}

function identity(value: string): envoy.StringMatcher {
  if (value === '*') return stringPattern(value);
  if (value.startsWith('*')) return { safe_regex: { regex: `${SPIFFE}.*${value.slice(1)}` } };
  return stringPattern(SPIFFE + value);
}

/** One part of a path, in which `*` stands for anything; `any` says so to a regular expression. */
function pattern(value: string, any = '[^/]*'): string {
  const literal = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  return value.split('*').map(literal).join(any);
}

/** In any trust domain; further parts of the path may stand between and behind, as Istio allows. */
function serviceAccount(value: string): string {
  const [namespace = '', account = ''] = value.split('/');
  return `${SPIFFE}.+/ns/${namespace}/(.+/|)sa/${account}(/.+)?`;
}
