import { formatPosition } from '#mesh/diagnostic.ts';
import { takes, type Visit } from '#mesh/envoy/simulation/policy-match.ts';
import { tokenClaims } from '#mesh/envoy/simulation/token-claims.ts';
import type { AuthorizationPolicy, WorkloadPolicies } from '#mesh/model/policy.ts';

/** What authorization policies say to a request. */
export interface Verdict {
  readonly allowed: boolean;
  /** Which policy decides, with file and line. */
  readonly why: string;
}

/** The verdict of a workload's policies in Istio's order; none where no policy has a say. */
export function verdict(policies: WorkloadPolicies, visit: Omit<Visit, 'claims'>): Verdict | undefined {
  const claims = tokenClaims(visit.request, policies.tokens);
  const whole: Visit = { ...visit, ...(claims && { claims }) };
  const enforced = policies.authorization.filter(({ dryRun }) => !dryRun);
  const of = (action: AuthorizationPolicy['action']) => enforced.filter((policy) => policy.action === action);
  const denying = of('DENY').flatMap((policy) => taken(policy, whole));
  if (denying[0]) return { allowed: false, why: `DENY ${denying[0]}` };
  const allowing = of('ALLOW');
  const [allowed] = allowing.flatMap((policy) => taken(policy, whole));
  if (allowed) return { allowed: true, why: `ALLOW ${allowed}` };
  if (allowing.length > 0)
    return { allowed: false, why: `no ALLOW takes it: ${allowing.map(named).join(', ')}` };
  return enforced.length > 0 ? { allowed: true, why: 'no DENY takes it' } : undefined;
}

/** The policy's first rule that takes the request, as text. */
function taken(policy: AuthorizationPolicy, visit: Visit): readonly string[] {
  const rule = policy.rules.find((candidate) => takes(candidate, visit));
  return rule ? [`${policy.name} (${formatPosition(rule.position)})`] : [];
}

function named({ name, position }: AuthorizationPolicy): string {
  return `${name} (${formatPosition(position)})`;
}
