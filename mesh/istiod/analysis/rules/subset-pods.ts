import type { Diagnostic } from '#mesh/diagnostic.ts';
import { labelText } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { selectedEntries } from '#mesh/istiod/config/build/workload-entries.ts';
import type { DestinationRule } from '#mesh/istiod/config/schema/resource.ts';

/** IST0173: a subset that selects no pod, so that requests to it get 503. */
export const subsetPods: Rule = (analysis) =>
  analysis.of('DestinationRule').flatMap((destinationRule) => withoutPods(analysis, destinationRule));

function withoutPods(analysis: Analysis, destinationRule: DestinationRule): readonly Diagnostic[] {
  const { host, subsets } = destinationRule.spec;
  const service = analysis.registry.find(resolveHost(host, destinationRule.metadata.namespace))?.resource;
  if (service?.kind !== 'Service') return [];
  const { selector } = service.spec;
  const { namespace } = service.metadata;
  // A service without any pod is reported by its own rule.
  const pods = analysis.workloads.selectedBy(selector, namespace);
  if (pods.length === 0) return [];
  return subsets.flatMap((subset, index) => {
    if (pods.some(({ spec }) => selects(subset.labels, spec.template.metadata.labels))) return [];
    const wanted = { selector: { ...selector, ...subset.labels }, namespace };
    if (selectedEntries(analysis.of('WorkloadEntry'), wanted).length > 0) return [];
    return [
      diagnose(destinationRule, ['spec', 'subsets', index, 'labels'], {
        severity: 'warning',
        code: 'IST0173',
        message: `subset \`${subset.name}\` selects no pod of \`${host}\`: none has ${labelText(subset.labels)}`,
        fix: nearestLabel({ analysis, labels: subset.labels, namespace }),
      }),
    ];
  });
}

interface Wanted {
  readonly analysis: Analysis;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

function nearestLabel({ analysis, labels, namespace }: Wanted): string {
  for (const label of Object.entries(labels)) {
    if (analysis.workloads.isLabel(label, namespace)) continue;
    const match = analysis.workloads.nearestValue(label, namespace);
    if (match !== undefined) return `did you mean \`${label[0]}: ${match}\`?`;
  }
  return "label the pods in their Deployment's `spec.template.metadata.labels`, or change the subset's labels";
}
