import { appliedFields } from '#mesh/apiserver/field-managers/applied-fields.ts';
import { compare } from '#mesh/apiserver/field-managers/comparison.ts';
import { difference, type FieldSet } from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager of `kubectl apply --server-side`, which goes on where client-side apply stopped. */
export const kubectl = 'kubectl';

/**
 * The fields that client-side apply has set, and that are as it set them: kubectl may take them over without a word.
 * Undefined if there is no such annotation, or it is of another version.
 */
export function lastAppliedFields(
  live: KubernetesObject,
  apiVersion: string,
  type: FieldType,
): FieldSet | undefined {
  const applied = parsed(live.metadata.annotations?.[annotation]);
  if (applied?.['apiVersion'] !== apiVersion) return undefined;
  const { changed, removed } = compare(applied, live, type);
  return difference(difference(appliedFields(applied, type), changed), removed);
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation in step, so that client-side apply can go on where server-side apply stops. */
export function withLastApplied(object: DraftObject, wanted: DraftObject): DraftObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[annotation]) return object;
  const text = `${JSON.stringify(sorted(withoutAnnotation(wanted)))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } } };
}

function withoutAnnotation({ metadata, ...rest }: DraftObject): DraftObject {
  const { annotations, ...others } = metadata;
  if (!annotations) return { ...rest, metadata } as DraftObject;
  const { [annotation]: _, ...kept } = annotations;
  const some = Object.keys(kept).length > 0 && { annotations: kept };
  return { ...rest, metadata: { ...others, ...some } } as DraftObject;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(fields.map(([name, inner]) => [name, sorted(inner)]));
}
