import { DestinationRules } from '#mesh/analyze/destination-rules.ts';
import { Registry } from '#mesh/analyze/registry.ts';
import type { Analysis, Rule } from '#mesh/analyze/rule.ts';
import { rules } from '#mesh/analyze/rules.ts';
import { Workloads } from '#mesh/analyze/workloads.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { ofKind, type Resource } from '#mesh/schema/resource.ts';

/**
 * Looks for what no single object shows: references that lead nowhere and objects that contradict each other. It wants
 * everything that will be applied, the objects that are there already included. Ordered by file and line.
 */
export function analyze(resources: readonly Resource[]): readonly Diagnostic[] {
  const analysis = analysisOf(resources);
  return rules.flatMap((rule: Rule) => rule(analysis)).sort(byPosition);
}

export function analysisOf(resources: readonly Resource[]): Analysis {
  const byKey = new Map(resources.map((resource) => [keyOf(resource.kind, resource.metadata), resource]));
  return {
    resources,
    registry: new Registry(resources),
    workloads: new Workloads(ofKind(resources, 'Deployment')),
    destinationRules: new DestinationRules(ofKind(resources, 'DestinationRule')),
    of: (kind) => ofKind(resources, kind),
    get: (kind, key) => {
      const found = byKey.get(keyOf(kind, key));
      return found && ofKind([found], kind)[0];
    },
  };
}

function keyOf(kind: string, { name, namespace }: { name: string; namespace: string }): string {
  return `${kind}/${namespace}/${name}`;
}

function byPosition({ position: left }: Diagnostic, { position: right }: Diagnostic): number {
  if (!left || !right) return 0;
  return left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column;
}
