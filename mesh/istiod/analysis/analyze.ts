import type { Store } from '#mesh/apiserver/store/store.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { analyzeGatewayApi } from '#mesh/istiod/analysis/gateway-api.ts';
import { grouped, Registry, Workloads } from '#mesh/istiod/analysis/registry.ts';
import { DestinationRules } from '#mesh/istiod/analysis/routed-destinations.ts';
import type { Analysis, Rule } from '#mesh/istiod/analysis/rule.ts';
import { rules } from '#mesh/istiod/analysis/rules.ts';
import { gatewayApiIn } from '#mesh/istiod/config/gateway-api/read.ts';
import { checkCredentials } from '#mesh/istiod/config/gateway-credentials.ts';
import { type Pending, resourcesIn } from '#mesh/istiod/config/resources.ts';
import { type Kind, ofKind, type Resource, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { areSame, once } from '#mesh/once.ts';

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
  const byKind = grouped(resources.map((resource) => [resource.kind, resource] as const));
  const byNamespace = grouped(
    resources.map((resource) => [`${resource.kind}/${resource.metadata.namespace}`, resource] as const),
  );
  return {
    resources,
    registry: new Registry(resources),
    workloads: new Workloads(resources),
    destinationRules: new DestinationRules(ofKind(resources, 'DestinationRule')),
    of: <K extends Kind>(kind: K) => (byKind.get(kind) ?? []) as readonly ResourceOf<K>[],
    within: <K extends Kind>(kind: K, namespace: string) =>
      (byNamespace.get(`${kind}/${namespace}`) ?? []) as readonly ResourceOf<K>[],
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

/** What contradicts or leads nowhere among all objects, with what is about to be written in its place. */
export function analysisOfStore(store: Store, pending: readonly Pending[] = []): readonly Diagnostic[] {
  const resources = resourcesIn(store, pending);
  return [...latestOf(store).of(resources), ...analyzeGatewayApi(gatewayApiIn(store, pending), resources)];
}

const latestOf = once((_: Store) => new LatestAnalyses());

interface Analyzed {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is looked at with a write, and to compare it without, is mostly what was looked at last. */
class LatestAnalyses {
  #latest: readonly Analyzed[] = [];

  of(resources: readonly Resource[]): readonly Diagnostic[] {
    const known = this.#latest.find((one) => areSame(one.resources, resources));
    const found = known ?? {
      resources,
      diagnostics: [...analyze(resources), ...checkCredentials(resources)],
    };
    this.#latest = [found, ...this.#latest.filter((one) => one !== found)].slice(0, 2);
    return found.diagnostics;
  }
}
