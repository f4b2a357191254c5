import { policyValues } from '#mesh/analyze/policy-fields.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { AuthorizationPolicy, Deployment } from '#mesh/schema/resource.ts';

const ROOT_NAMESPACE = 'istio-system';

/** M101-policy-port: a port that none of the selected pods has, often that of their Service. */
export const policyPorts: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const pods = selected(analysis, policy);
    const ports = [...new Set(pods.flatMap(portsOf))].sort((a, b) => a - b);
    if (ports.length === 0) return [];
    return policyValues(policy)
      .filter(({ attribute, value }) => attribute === 'destination.port' && !ports.includes(Number(value)))
      .map(({ value, path }) =>
        diagnose(policy, path, {
          severity: 'warning',
          code: 'M101-policy-port',
          message: `none of the selected pods has port ${value}, so this value matches nothing`,
          fix: `name the pod's port and not the Service's: ${ports.map((port) => `"${port}"`).join(', ')}`,
        }),
      );
  });

/** None where the policy may be for the gateway, whose ports are not among the files. */
function selected(analysis: Analysis, { metadata, spec }: AuthorizationPolicy): readonly Deployment[] {
  if (metadata.namespace === ROOT_NAMESPACE) return [];
  const labels = spec.selector?.matchLabels ?? {};
  if (Object.keys(labels).length > 0) return analysis.workloads.selectedBy(labels, metadata.namespace);
  return analysis
    .of('Deployment')
    .filter((deployment) => deployment.metadata.namespace === metadata.namespace);
}

function portsOf({ spec }: Deployment): readonly number[] {
  const { containers } = spec.template.spec;
  return containers.flatMap(({ ports }) => ports.map(({ containerPort }) => containerPort));
}
