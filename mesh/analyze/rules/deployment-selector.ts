import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { labelText, selects } from '#mesh/analyze/workloads.ts';

/** M101-selector-mismatch: Kubernetes refuses a Deployment whose selector does not select its own pods. */
export const deploymentSelector: Rule = (analysis) =>
  analysis.of('Deployment').flatMap((deployment) => {
    const { matchLabels } = deployment.spec.selector;
    const { labels } = deployment.spec.template.metadata;
    if (selects(matchLabels, labels)) return [];
    return [
      diagnose(deployment, ['spec', 'selector'], {
        code: 'M101-selector-mismatch',
        message: `the selector (${labelText(matchLabels)}) does not select the pods of its own template (${labelText(labels)})`,
        fix: 'give `spec.selector.matchLabels` and `spec.template.metadata.labels` the same labels',
      }),
    ];
  });
