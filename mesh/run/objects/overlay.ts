import type { LabelRequest } from '#mesh/run/api.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';

/** Changes made by commands, which a later `apply` of the same file keeps, as kubectl's three-way merge does. */
export interface Overlay {
  /** null: taken away. */
  readonly labels: Readonly<Record<string, string | null>>;
  /** When `rollout restart` was last called: ISO 8601. */
  readonly restartedAt?: string;
}

export const noOverlay: Overlay = { labels: {} };

interface ObjectValue {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

/** The object with the changes in place. */
export function withOverlay(value: unknown, { labels, restartedAt }: Overlay): unknown {
  const object = value as ObjectValue;
  const labelled =
    Object.keys(labels).length === 0
      ? object
      : { ...object, metadata: { ...object.metadata, labels: mergeLabels(object.metadata?.labels, labels) } };
  return restartedAt === undefined ? labelled : withRestart(labelled, restartedAt);
}

/** The annotation that kubectl writes; being part of the template, it makes a new revision. */
function withRestart(object: ObjectValue, restartedAt: string): ObjectValue {
  const template = object.spec?.template;
  const annotations = {
    ...template?.metadata?.annotations,
    'kubectl.kubernetes.io/restartedAt': restartedAt,
  };
  return {
    ...object,
    spec: { ...object.spec, template: { ...template, metadata: { ...template?.metadata, annotations } } },
  };
}

function mergeLabels(
  own: Readonly<Record<string, string>> = {},
  changes: Overlay['labels'],
): Record<string, string> {
  const entries = Object.entries({ ...own, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

/**
 * The overlay after `kubectl label`.
 * @throws ControlError when a label has another value and may not be overwritten.
 */
export function relabelled(value: unknown, overlay: Overlay, request: LabelRequest): Overlay {
  const { set, remove, overwrite } = request;
  const existing = mergeLabels((value as ObjectValue).metadata?.labels, overlay.labels);
  const clash = Object.keys(set).find((key) => key in existing && existing[key] !== set[key]);
  if (clash && !overwrite) {
    throw new ControlError(
      409,
      `'${clash}' already has a value (${existing[clash]}), and --overwrite is false`,
    );
  }
  const removed = Object.fromEntries(remove.map((key) => [key, null]));
  return { ...overlay, labels: { ...overlay.labels, ...set, ...removed } };
}
