import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/** M101-service-account: pods whose ServiceAccount is missing are never created. `default` is in every namespace. */
export const serviceAccountReference: Rule = (analysis) =>
  analysis.of('Deployment').flatMap((deployment) => {
    const { namespace } = deployment.metadata;
    const pod = deployment.spec.template.spec;
    const name = pod.serviceAccountName ?? pod.serviceAccount ?? 'default';
    if (name === 'default' || analysis.get('ServiceAccount', { name, namespace })) return [];
    const field = pod.serviceAccountName === undefined ? 'serviceAccount' : 'serviceAccountName';
    const accounts = analysis.of('ServiceAccount').filter(({ metadata }) => metadata.namespace === namespace);
    return [
      diagnose(deployment, ['spec', 'template', 'spec', field], {
        code: 'M101-service-account',
        message: `ServiceAccount \`${name}\` not found in namespace \`${namespace}\``,
        fix: didYouMean(name, [...accounts.map(({ metadata }) => metadata.name), 'default']),
      }),
    ];
  });
