import type { BoundPorts } from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import { NEVER, type RuleContext, rulePolicy } from '#mesh/istiod/envoy/filters/rbac/rule.ts';
import type { Any } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import type { AuthorizationPolicy } from '#mesh/istiod/model/policy.ts';

type Action = AuthorizationPolicy['action'];

/** In the order in which Istio has them decide. */
export const ACTIONS: readonly Action[] = ['AUDIT', 'DENY', 'ALLOW'];

const ENVOY_ACTION = { AUDIT: 'LOG', DENY: 'DENY', ALLOW: 'ALLOW' } as const;
const DRY_RUN_PREFIX = {
  AUDIT: 'istio_dry_run_allow_',
  DENY: 'istio_dry_run_deny_',
  ALLOW: 'istio_dry_run_allow_',
} as const;

export interface RbacOptions {
  readonly action: Action;
  /** All policies of the workload. */
  readonly policies: readonly AuthorizationPolicy[];
  readonly ports: BoundPorts;
}

/** The filter's configuration for requests, if there are policies of the action. */
export function httpRbac(options: RbacOptions): Any | undefined {
  const fields = rules(options, 'http');
  return fields && typed('envoy.extensions.filters.http.rbac.v3.RBAC', fields);
}

/** Network filters for opaque TCP: one for each action that a policy has. */
export function networkRbac(options: Omit<RbacOptions, 'action'>): readonly envoy.NetworkFilter[] {
  return ACTIONS.flatMap((action) => {
    const fields = rules({ ...options, action }, 'tcp');
    if (!fields) return [];
    const type = 'envoy.extensions.filters.network.rbac.v3.RBAC';
    return [
      { name: 'envoy.filters.network.rbac', typed_config: typed(type, { ...fields, stat_prefix: 'tcp.' }) },
    ];
  });
}

function rules(
  { action, policies, ports }: RbacOptions,
  level: RuleContext['level'],
): envoy.HttpRbac | undefined {
  const concerned = policies.filter((policy) => policy.action === action);
  if (concerned.length === 0) return undefined;
  const part = (dryRun: boolean) => {
    const chosen = concerned.filter((policy) => policy.dryRun === dryRun);
    const entries = chosen.flatMap((policy) => rulesOf(policy, { action, level, ports }));
    return { action: ENVOY_ACTION[action], policies: Object.fromEntries(entries) };
  };
  const has = (dryRun: boolean) => concerned.some((policy) => policy.dryRun === dryRun);
  return {
    rules: has(false) ? part(false) : undefined,
    shadow_rules: has(true) ? part(true) : undefined,
    shadow_rules_stat_prefix: DRY_RUN_PREFIX[action],
  };
}

function rulesOf(policy: AuthorizationPolicy, context: RuleContext): (readonly [string, envoy.Policy])[] {
  if (policy.rules.length === 0) return [[policyName(policy, 0), NEVER]];
  return policy.rules.flatMap((rule, index) => {
    const generated = rulePolicy(rule, context);
    return generated ? [[policyName(policy, index), generated] as const] : [];
  });
}

/** As Istio names a rule, in Envoy's logs and for `mesh explain`. */
export function policyName({ namespace, name }: AuthorizationPolicy, rule: number): string {
  return `ns[${namespace}]-policy[${name}]-rule[${rule}]`;
}
