import { z } from 'zod';
import { descend, unwrap } from '#mesh/istiod/config/schema/field-path.ts';
import { inventories } from '#mesh/istiod/config/schema/fields.ts';
import { isSupportedKind, schemas, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';

const carriedOut = 'Carried out on the laptop.';
const notYet = 'Not carried out on the laptop yet.';

/** Kinds that run pods as a Deployment does: where the pod's specification stands in them. */
const podSpecs: ReadonlyMap<string, readonly string[]> = new Map([
  ['Pod', ['spec']],
  ['PodTemplate', ['template', 'spec']],
  ['ReplicaSet', ['spec', 'template', 'spec']],
  ['StatefulSet', ['spec', 'template', 'spec']],
  ['DaemonSet', ['spec', 'template', 'spec']],
  ['Job', ['spec', 'template', 'spec']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** What the API server itself makes of an object's metadata, whatever its kind. */
const metadata: ReadonlyMap<string, string> = new Map([
  ['', 'Who the object is: the same for every kind.'],
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences'].map(
    (field) => [field, carriedOut] as const,
  ),
  ...[
    ...[
      'creationTimestamp',
      'deletionGracePeriodSeconds',
      'deletionTimestamp',
      'generation',
      'managedFields',
    ],
    ...['resourceVersion', 'uid'],
  ].map((field) => [field, 'Written by the API server.'] as const),
  ['selfLink', 'Ignored: no server writes it any more.'],
]);

/**
 * What the laptop mesh does with a field, for `kubectl explain`: carried out, ignored and why, or not yet. Undefined
 * where nothing is known about the kind, or where the name says it all.
 *
 * @param path names of fields, `*` for the values of a map; lists are left out
 */
export function describeField(apiVersion: string, kind: string, path: readonly string[]): string | undefined {
  const [first, second = ''] = path;
  if (first === 'apiVersion' || first === 'kind') return undefined;
  if (first === 'metadata') return path.length > 2 ? undefined : metadata.get(second);
  if (first === 'status') return path.length === 1 ? 'What the mesh reports.' : undefined;
  const prefix = podSpecs.get(kind);
  if (prefix && !isCarriedOut(apiVersion, kind)) return describeInPods(prefix, path);
  if (!isCarriedOut(apiVersion, kind)) return undefined;
  if (path.length === 0) return 'The laptop mesh carries this kind out; each field says how far.';
  return describeIn(schemas[kind as keyof typeof schemas], path);
}

function isCarriedOut(apiVersion: string, kind: string): boolean {
  if (!isSupportedKind(kind)) return false;
  const versions: readonly string[] = supportedVersions[kind];
  return versions.includes(apiVersion);
}

function describeInPods(prefix: readonly string[], path: readonly string[]): string | undefined {
  const isInside = path.length >= prefix.length && prefix.every((name, index) => path[index] === name);
  if (!isInside) return undefined;
  return describeIn(schemas.Deployment, ['spec', 'template', 'spec', ...path.slice(prefix.length)]);
}

/** Follows the inventories from a kind's schema to a field. */
function describeIn(root: unknown, path: readonly string[]): string {
  let schema: unknown = root;
  let description = carriedOut;
  for (const name of path) {
    const holder = withoutLists(schema);
    // Where the schema takes any value, what is inside shares the fate of what is around it.
    if (!(holder instanceof z.ZodObject) && !(holder instanceof z.ZodRecord)) return description;
    const found = holder instanceof z.ZodObject ? describeMember(holder, name) : carriedOut;
    if (found === undefined) return notYet;
    description = found;
    if (!description.startsWith('Carried out')) return description;
    schema = descend(holder, name);
  }
  return description;
}

function withoutLists(schema: unknown): unknown {
  const inner = unwrap(schema);
  return inner instanceof z.ZodArray ? withoutLists(inner.element) : inner;
}

/** Undefined: the mesh does not know the field. */
function describeMember(holder: z.ZodObject, name: string): string | undefined {
  if (!Object.hasOwn(holder.shape, name)) return undefined;
  const { harmless, unsupported, unsupportedValues, deprecated } = inventories.get(holder) ?? {};
  const of = <Value>(record: Readonly<Record<string, Value>> | undefined) =>
    record && Object.hasOwn(record, name) ? record[name] : undefined;
  const ignored = of(harmless);
  if (ignored !== undefined) return `Ignored on the laptop: ${ignored}.`;
  const missing = of(unsupported);
  if (missing !== undefined) return `Not carried out on the laptop yet: ${missing}.`;
  const instead = of(deprecated);
  if (instead !== undefined) return `Carried out on the laptop. Deprecated: write ${instead}.`;
  const values = Object.entries(of(unsupportedValues) ?? {}).map(([value, detail]) => `${value} (${detail})`);
  return values.length > 0 ? `${carriedOut} Not yet: ${values.join(', ')}.` : carriedOut;
}
