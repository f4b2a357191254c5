import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { labelText } from '#mesh/analyze/workloads.ts';

/** Policies here hold for the pods of every namespace, and for the gateway, which has no Deployment among the files. */
const ROOT_NAMESPACE = 'istio-system';

/** IST0127: an authorization policy or a request authentication whose selector selects no pod. */
export const policySelector: Rule = (analysis) =>
  [...analysis.of('AuthorizationPolicy'), ...analysis.of('RequestAuthentication')].flatMap((policy) => {
    const labels = policy.spec.selector?.matchLabels ?? {};
    const { namespace } = policy.metadata;
    if (Object.keys(labels).length === 0 || namespace === ROOT_NAMESPACE) return [];
    if (analysis.workloads.selectedBy(labels, namespace).length > 0) return [];
    return [
      diagnose(policy, ['spec', 'selector'], {
        severity: 'warning',
        code: 'IST0127',
        message: `no pod has the labels ${labelText(labels)}, so the policy has no effect`,
        fix: "write labels that are in a Deployment's `spec.template.metadata.labels`",
      }),
    ];
  });
