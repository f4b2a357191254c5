import type { JsonObject } from '#mesh/envoy/config.ts';
import type { BoundPorts } from '#mesh/envoy/filters/rbac/operations.ts';
import { NEVER, type RuleContext, rulePolicy } from '#mesh/envoy/filters/rbac/rule.ts';
import { typed } from '#mesh/envoy/json.ts';
import type { AuthorizationPolicy } from '#mesh/model/policy.ts';

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
export function httpRbac(options: RbacOptions): JsonObject | undefined {
  const fields = rules(options, 'http');
  return fields && typed('envoy.extensions.filters.http.rbac.v3.RBAC', fields);
}

/** Network filters for connections whose bytes nobody reads: one for each action that a policy has. */
export function networkRbac(options: Omit<RbacOptions, 'action'>): readonly JsonObject[] {
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
): JsonObject | undefined {
  const concerned = policies.filter((policy) => policy.action === action);
  if (concerned.length === 0) return undefined;
  const part = (dryRun: boolean) => {
    const chosen = concerned.filter((policy) => policy.dryRun === dryRun);
    const entries = chosen.flatMap((policy) => rulesOf(policy, { action, level, ports }));
    return { action: ENVOY_ACTION[action], policies: Object.fromEntries(entries) };
  };
  const has = (dryRun: boolean) => concerned.some((policy) => policy.dryRun === dryRun);
  return {
    ...(has(false) && { rules: part(false) }),
    ...(has(true) && { shadow_rules: part(true) }),
    shadow_rules_stat_prefix: DRY_RUN_PREFIX[action],
  };
}

function rulesOf(policy: AuthorizationPolicy, context: RuleContext): (readonly [string, JsonObject])[] {
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
