import type { DestinationRules } from '#mesh/analyze/destination-rules.ts';
import type { Registry } from '#mesh/analyze/registry.ts';
import type { Workloads } from '#mesh/analyze/workloads.ts';
import type { Diagnostic, Severity } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import type { Kind, Resource, ResourceOf } from '#mesh/schema/resource.ts';

/** What a rule looks at: all resources and the look-ups that several rules share. */
export interface Analysis {
  readonly resources: readonly Resource[];
  readonly registry: Registry;
  readonly workloads: Workloads;
  readonly destinationRules: DestinationRules;
  of<K extends Kind>(kind: K): readonly ResourceOf<K>[];
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
