import { duplicates } from '#mesh/analyze/duplicates.ts';
import { fullHost } from '#mesh/analyze/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { labelText } from '#mesh/analyze/workloads.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { nearest } from '#mesh/schema/nearest.ts';
import type { DestinationRule } from '#mesh/schema/resource.ts';

/** IST0173: a subset that selects no pod, so that requests to it get 503; IST0106: two subsets of one name. */
export const subsetPods: Rule = (analysis) =>
  analysis
    .of('DestinationRule')
    .flatMap((destinationRule) => [
      ...repeatedNames(destinationRule),
      ...withoutPods(analysis, destinationRule),
    ]);

function repeatedNames(destinationRule: DestinationRule): readonly Diagnostic[] {
  const subsets = destinationRule.spec.subsets.map(({ name }, index) => ({ name, index }));
  return duplicates(subsets, ({ name }) => name).map(([{ name, index }]) =>
    diagnose(destinationRule, ['spec', 'subsets', index, 'name'], {
      code: 'IST0106',
      message: `two subsets are named \`${name}\``,
      fix: 'give each subset a name of its own',
    }),
  );
}

function withoutPods(analysis: Analysis, destinationRule: DestinationRule): readonly Diagnostic[] {
  const { host, subsets } = destinationRule.spec;
  const service = analysis.registry.find(fullHost(host, destinationRule.metadata.namespace))?.resource;
  if (service?.kind !== 'Service') return [];
  const { selector } = service.spec;
  const { namespace } = service.metadata;
  // A service without any pod is reported by its own rule.
  if (analysis.workloads.selectedBy(selector, namespace).length === 0) return [];
  return subsets.flatMap((subset, index) => {
    if (analysis.workloads.selectedBy({ ...selector, ...subset.labels }, namespace).length > 0) return [];
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
  for (const [key, value] of Object.entries(labels)) {
    const values = analysis.workloads.labelValues(key, namespace);
    const match = values.includes(value) ? undefined : nearest(value, values);
    if (match !== undefined) return `did you mean \`${key}: ${match}\`?`;
  }
  return "label the pods in their Deployment's `spec.template.metadata.labels`, or change the subset's labels";
}
