import { stringify } from 'yaml';
import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import { ConsoleError } from '#mesh/console/server/answers.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { stepsOf } from '#mesh/istiod/config/schema/field-path.ts';

/** An object's name among all. */
export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What people write to rule traffic: Istio's own kinds, and Gateway API's. */
const groups: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  'gateway.networking.k8s.io',
]);
/** What else a graph's boxes are made of. */
const others: ReadonlySet<string> = new Set(['services', 'deployments.apps']);

export function isPolicy(resource: string): boolean {
  return groups.has(resource.slice(resource.indexOf('.') + 1));
}

/** Every object that rules traffic, then the services and workloads, with what its source says. */
export function listObjects({
  types,
  store,
}: Api): readonly (ObjectName & { readonly policy: boolean; readonly about: string })[] {
  return types.all
    .filter((type) => groups.has(type.group) || others.has(resourceKey(type)))
    .flatMap((type) => store.list(resourceKey(type)))
    .filter(
      ({ metadata, kind }) => metadata.namespace !== 'istio-system' || groups.has(groupOf(kind, types.all)),
    )
    .map((object) => ({
      ...nameOf(object),
      policy: groups.has(groupOf(object.kind, types.all)),
      about: about(object),
    }));
}

function groupOf(kind: string, types: readonly ResourceType[]): string {
  return types.find((type) => type.kind === kind)?.group ?? '';
}

export function nameOf({ kind, metadata: { name, namespace = '' } }: KubernetesObject): ObjectName {
  return { kind, namespace, name };
}

/** Whom an object is about, in a few words. */
function about({ spec }: KubernetesObject): string {
  const { hosts, host, selector, targetRefs, parentRefs } = (spec ?? {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(hosts)) return hosts.join(', ');
  if (typeof host === 'string') return host;
  const labels = (selector as { matchLabels?: object } | undefined)?.matchLabels ?? {};
  const named = [targetRefs, parentRefs].flatMap((refs) => (Array.isArray(refs) ? refs : []));
  return [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...named.map(({ name }) => name),
  ].join(', ');
}

export function typeOf({ types }: Api, kind: string): ResourceType {
  const found = types.all.filter((type) => type.kind === kind);
  const type = found.find(({ group }) => groups.has(group)) ?? found[0];
  if (!type || kind === 'Secret') throw new ConsoleError(404, `the console shows no objects of kind ${kind}`);
  return type;
}

/** @throws ConsoleError 404 */
export function findObject(api: Api, { kind, namespace, name }: ObjectName): KubernetesObject {
  const type = typeOf(api, kind);
  const object = api.store.get(resourceKey(type), {
    name,
    namespace: type.namespaced ? namespace : undefined,
  });
  if (!object) throw new ConsoleError(404, `${kind} ${namespace}/${name} is gone`);
  return object;
}

/** What only the API server writes. */
const WRITTEN = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'ownerReferences',
];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object as somebody would write it. */
export function sourceOf(object: KubernetesObject): string {
  const { metadata, status: _, ...rest } = object as KubernetesObject & { readonly status?: unknown };
  const own = Object.entries(metadata).filter(
    ([field]) => !WRITTEN.includes(field) && field !== 'annotations',
  );
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== LAST_APPLIED);
  const { apiVersion, kind, ...fields } = rest;
  return stringify(
    {
      ...{ apiVersion, kind },
      metadata: {
        ...Object.fromEntries(own),
        ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
      },
      ...fields,
    },
    { lineWidth: 100, aliasDuplicateObjects: false },
  );
}

/** The line, from 1, at which a field such as `spec.http[0]` stands in an object's source. */
export function lineOf(source: string, field: string): number {
  const [document] = loadManifest({ file: '', text: source }).documents;
  return document?.at(stepsOf(field, document.value)).line ?? 1;
}
