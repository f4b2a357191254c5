import { duplicates } from '#mesh/analyze/duplicates.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { labelText } from '#mesh/analyze/workloads.ts';
import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import type { PeerAuthentication } from '#mesh/schema/resource.ts';

/**
 * IST0106: `portLevelMtls` without `selector`; IST0127: a selector that selects no pod; M101-second-policy: a second
 * policy for a whole namespace, of which Istio uses the older.
 */
export const peerAuthentication: Rule = (analysis) => {
  const policies = analysis.of('PeerAuthentication');
  return [...policies.flatMap((policy) => ownProblems(analysis, policy)), ...secondPolicies(policies)];
};

function ownProblems(analysis: Analysis, policy: PeerAuthentication): readonly Diagnostic[] {
  const { selector, portLevelMtls } = policy.spec;
  const { namespace } = policy.metadata;
  if (!isSelective(policy)) {
    if (Object.keys(portLevelMtls).length === 0) return [];
    const message = '`portLevelMtls` needs a `selector`: ports belong to certain pods';
    const fix = 'add `selector: {matchLabels: …}`';
    return [diagnose(policy, ['spec', 'portLevelMtls'], { code: 'IST0106', message, fix })];
  }
  const labels = selector?.matchLabels ?? {};
  if (analysis.workloads.selectedBy(labels, namespace).length > 0) return [];
  const message = `no pod has the labels ${labelText(labels)}, so the policy has no effect`;
  const fix = "write labels that are in a Deployment's `spec.template.metadata.labels`";
  return [diagnose(policy, ['spec', 'selector'], { severity: 'warning', code: 'IST0127', message, fix })];
}

function secondPolicies(policies: readonly PeerAuthentication[]): readonly Diagnostic[] {
  const whole = policies.filter((policy) => !isSelective(policy));
  return duplicates(whole, ({ metadata }) => metadata.namespace).map(([policy, earlier]) =>
    diagnose(policy, ['metadata', 'name'], {
      severity: 'warning',
      code: 'M101-second-policy',
      message: `PeerAuthentication \`${earlier.metadata.name}\` (${formatPosition(earlier.document.at(['metadata', 'name']))}) is for the whole namespace too, and Istio uses only the older`,
      fix: 'keep one of them',
    }),
  );
}

function isSelective({ spec }: PeerAuthentication): boolean {
  return Object.keys(spec.selector?.matchLabels ?? {}).length > 0;
}
