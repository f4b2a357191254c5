import { notFound } from '#mesh/cli/command-failure.ts';
import { type Kind, pluralName } from '#mesh/cli/kubectl/kinds.ts';
import { parseLabelSelector } from '#mesh/cli/kubectl/label-selector.ts';
import { field, recordField } from '#mesh/cli/kubectl/object-fields.ts';
import type { ResourceArgument } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export interface ObjectScope {
  /** Absent: every namespace. */
  readonly namespace?: string;
  readonly selector?: string;
}

export interface FoundObjects {
  readonly kind: Kind;
  readonly objects: readonly KubernetesObject[];
  /** Named, but not there. */
  readonly missing: readonly string[];
}

/** The objects that a command names, sorted by namespace and name; named ones in the order of the command. */
export async function findObjects(
  client: Client,
  { kind, names }: ResourceArgument,
  scope: ObjectScope,
): Promise<FoundObjects> {
  const namespace = kind.namespaced ? scope.namespace : undefined;
  const items = await client.objects({ kind: kind.kind, ...(namespace ? { namespace } : {}) });
  const selects = parseLabelSelector(scope.selector ?? '');
  const selected = items.filter(({ metadata }) => selects(metadata.labels ?? {})).sort(byName);
  if (names.length === 0) return { kind, objects: selected, missing: [] };
  const found = names.map((name) => selected.find(({ metadata }) => metadata.name === name));
  return {
    kind,
    objects: found.filter((object) => object !== undefined),
    missing: names.filter((_, index) => found[index] === undefined),
  };
}

export interface ObjectAddress {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string;
}

/** One object, or a CommandFailure with kubectl's NotFound text. */
export async function findObject(client: Client, address: ObjectAddress): Promise<KubernetesObject> {
  const { kind, name, namespace } = address;
  const { objects } = await findObjects(client, { kind, names: [name] }, { namespace });
  if (!objects[0]) throw notFound(pluralName(kind), name);
  return objects[0];
}

/** The pods behind a Pod, Deployment, ReplicaSet or Service. */
export async function podsOf(client: Client, owner: KubernetesObject): Promise<readonly KubernetesObject[]> {
  if (owner.kind === 'Pod') return [owner];
  const selector = {
    ...recordField(owner, 'spec', owner.kind === 'Service' ? 'selector' : 'none'),
    ...matchLabels(owner),
  };
  const { namespace } = owner.metadata;
  const pods = await client.objects({ kind: 'Pod', ...(namespace ? { namespace } : {}) });
  const entries = Object.entries(selector);
  if (entries.length === 0) return [];
  return pods
    .filter((pod) => entries.every(([key, value]) => pod.metadata.labels?.[key] === value))
    .sort(byName);
}

function matchLabels(owner: KubernetesObject): Readonly<Record<string, string>> {
  return field(owner, 'spec', 'selector', 'matchLabels')
    ? recordField(owner, 'spec', 'selector', 'matchLabels')
    : {};
}

function byName(a: KubernetesObject, b: KubernetesObject): number {
  const key = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}
