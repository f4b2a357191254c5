import { byMaturity, type ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import { type ResourceVersion, resourceTypes } from '#mesh/apiserver/shapes/resources.ts';

/** Served under another group as well, but kept once: clients of this API use the core group's. */
const leftOut: ReadonlySet<string> = new Set(['events.events.k8s.io']);

/** Every resource of Kubernetes, Istio and Gateway API that this server has, whether or not the laptop carries it out. */
export function builtInTypes(): ResourceType[] {
  const versions = Map.groupBy(resourceTypes(), ({ plural, group }) =>
    group ? `${plural}.${group}` : plural,
  );
  const stored = [...versions].filter(([key]) => !leftOut.has(key)).map(([, ofOne]) => typeOfVersions(ofOne));
  return [...stored, metricsType('PodMetrics', 'pods'), metricsType('NodeMetrics', 'nodes')].sort(byGroup);
}

/** What metrics-server adds to a cluster: measured on demand, and never stored. */
function metricsType(kind: string, plural: string): ResourceType {
  return {
    ...{ group: 'metrics.k8s.io', version: 'v1beta1', versions: ['v1beta1'], kind, plural },
    ...{ singular: '', shortNames: [], categories: [], namespaced: plural === 'pods' },
    ...{ subresources: [], verbs: ['get', 'list'] },
  };
}

/** Core first, then Kubernetes' own: where two kinds share a name, clients take the first. */
function byGroup(left: ResourceType, right: ResourceType): number {
  const rank = ({ group }: ResourceType) =>
    group === '' ? 0 : group.includes('istio') || group.includes('gateway') ? 2 : 1;
  return rank(left) - rank(right) || left.group.localeCompare(right.group);
}

function typeOfVersions(all: readonly ResourceVersion[]): ResourceType {
  const versions = all.toSorted((left, right) => byMaturity(left.version, right.version));
  const [preferred] = versions;
  if (!preferred) throw new Error('a resource without a version');
  const { group, kind, plural, singular, shortNames = [], categories = [], namespaced, verbs } = preferred;
  const subresources = new Set(
    versions.flatMap((version) => (version.subresources ?? []).map(({ name }) => name)),
  );
  return {
    ...{ group, kind, plural, singular, shortNames, categories, namespaced, verbs },
    // One version for all, so that readers of a kind's objects know their form.
    version: preferred.version,
    versions: versions.map(({ version }) => version),
    subresources: [...subresources],
    // None of Istio's and Gateway API's definitions names a selectable field.
    ...(preferred.crd && { selectableFields: [] }),
  };
}

/** The resource that a CustomResourceDefinition adds. */
export function typeOfDefinition({ spec }: CustomResourceDefinition): ResourceType {
  const { names, group, scope } = spec;
  const served = spec.versions.filter((version) => version.served);
  const storage = spec.versions.find((version) => version.storage) ?? served[0];
  const status = served.some(({ subresources }) => subresources?.status !== undefined);
  const scale = served.some(({ subresources }) => subresources?.scale !== undefined);
  return {
    group,
    version: storage?.name ?? 'v1',
    versions: served.map(({ name }) => name),
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    subresources: [...(status ? ['status'] : []), ...(scale ? ['scale'] : [])],
    verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
    selectableFields: served.flatMap(({ selectableFields = [] }) =>
      selectableFields.map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    ),
  };
}
