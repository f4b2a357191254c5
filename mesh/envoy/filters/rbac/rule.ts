import type { JsonObject } from '#mesh/envoy/config.ts';
import { isOfRequest as isCallerOfRequest, principal } from '#mesh/envoy/filters/rbac/callers.ts';
import {
  type BoundPorts,
  isOfRequest as isOperationOfRequest,
  permission,
} from '#mesh/envoy/filters/rbac/operations.ts';
import type { AuthorizationPolicy, AuthorizationRule } from '#mesh/model/policy.ts';

export interface RuleContext {
  readonly action: AuthorizationPolicy['action'];
  /** What is decided about: requests, or whole connections, which tell less. */
  readonly level: 'http' | 'tcp';
  readonly ports: BoundPorts;
}

interface Values {
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/**
 * A rule as an Envoy policy. On a connection an ALLOW rule that asks for what only a request has allows nothing, so
 * it is left out; in a DENY or AUDIT rule that condition is left out, so that the rule takes more. Both
 * err on the safe side, as in Istio.
 */
export function rulePolicy(rule: AuthorizationRule, context: RuleContext): JsonObject | undefined {
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
export const NEVER: JsonObject = {
  permissions: [{ not_rule: { any: true } }],
  principals: [{ not_id: { any: true } }],
};

function decidable<Condition>(
  alternatives: readonly (readonly Condition[])[],
  isOfRequest: (condition: Condition) => boolean,
  { action, level }: RuleContext,
): readonly (readonly Condition[])[] {
  if (level === 'http') return alternatives;
  return action === 'ALLOW'
    ? alternatives.filter((conditions) => !conditions.some(isOfRequest))
    : alternatives.map((conditions) => conditions.filter((condition) => !isOfRequest(condition)));
}

interface Combination<Condition> {
  readonly match: (condition: Condition, values: readonly string[]) => JsonObject;
  readonly not: (matched: JsonObject) => JsonObject;
}

function all<Condition extends Values>(
  conditions: readonly Condition[],
  { match, not }: Combination<Condition>,
): readonly JsonObject[] {
  const parts = conditions.flatMap((condition) => [
    ...(condition.values.length > 0 ? [match(condition, condition.values)] : []),
    ...(condition.notValues.length > 0 ? [not(match(condition, condition.notValues))] : []),
  ]);
  return parts.length > 0 ? parts : [{ any: true }];
}
