import type { Diagnostic, Severity } from '#mesh/diagnostic.ts';
import type { Registry, Workloads } from '#mesh/istiod/analysis/registry.ts';
import type { DestinationRules } from '#mesh/istiod/analysis/routed-destinations.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Kind, Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';

/** A rule's input: all resources, and the look-ups that several rules share. */
export interface Analysis {
  readonly resources: readonly Resource[];
  readonly registry: Registry;
  readonly workloads: Workloads;
  readonly destinationRules: DestinationRules;
  of<K extends Kind>(kind: K): readonly ResourceOf<K>[];
  /** Those of a namespace. */
  within<K extends Kind>(kind: K, namespace: string): readonly ResourceOf<K>[];
  /** Undefined when there is none of that name in the namespace. */
  get<K extends Kind>(kind: K, key: { name: string; namespace: string }): ResourceOf<K> | undefined;
}

/** One cross-reference rule. It reports everything that it finds and never throws for a user's mistake. */
export type Rule = (analysis: Analysis) => readonly Diagnostic[];

export interface Problem {
  readonly severity?: Severity;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** A diagnostic at a field of a resource; an error unless it says otherwise. */
export function diagnose(resource: Resource, path: YamlPath, problem: Problem): Diagnostic {
  const { name, namespace } = resource.metadata;
  return {
    severity: 'error',
    ...problem,
    position: resource.document.at(path),
    resource: `${resource.kind} ${namespace === '' ? name : `${namespace}/${name}`}`,
  };
}

/** The items whose key an earlier item has already, each with that earlier one. */
export function duplicates<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
): readonly (readonly [Item, Item])[] {
  const first = new Map<string, Item>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    const earlier = first.get(key);
    if (earlier !== undefined) return [[item, earlier] as const];
    first.set(key, item);
    return [];
  });
}
