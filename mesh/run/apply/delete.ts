import type { Diagnostic } from '#mesh/diagnostic.ts';
import { loadManifests } from '#mesh/load/load-manifest.ts';
import type { ApplyResponse, DeleteRequest, ObjectName } from '#mesh/run/api.ts';
import type { Snapshot } from '#mesh/run/objects/snapshot.ts';
import { keyOf } from '#mesh/run/objects/stored-object.ts';
import { objectName } from '#mesh/schema/object-name.ts';

export interface Deletion {
  readonly names: readonly ObjectName[];
  /** An error for each object that is not there. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The objects that a request means, by name or by the files that they came from. A file need not be valid for that. */
export function objectsToDelete(
  request: DeleteRequest,
  { objects }: Snapshot,
  podExists: (name: ObjectName) => boolean,
): Deletion {
  const loaded = loadManifests(request.files ?? []);
  const fromFiles = loaded.documents.map(({ value }) => {
    const kind = kindOf(value);
    return { kind, ...objectName(value, { kind, namespace: request.namespace }) };
  });
  const wanted = [...fromFiles, ...(request.objects ?? [])];
  const exists = (name: ObjectName) => objects.has(keyOf(name)) || (name.kind === 'Pod' && podExists(name));
  const missing = request.ignoreNotFound ? [] : wanted.filter((name) => !exists(name));
  return { names: wanted.filter(exists), diagnostics: [...loaded.diagnostics, ...missing.map(notFound)] };
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : '';
}

function notFound({ kind, name, namespace }: ObjectName): Diagnostic {
  return {
    severity: 'error',
    code: 'NotFound',
    message: `${kind.toLowerCase()} "${name}" not found in namespace ${namespace || '(none)'}`,
    fix: 'use --ignore-not-found when that is fine',
    resource: `${kind} ${namespace}/${name}`,
  };
}

/** A pod is not among the applied objects; its Deployment replaces it. */
export function deletedPod(name: ObjectName): ApplyResponse['results'][number] {
  return { ...name, resource: `pod/${name.name}`, action: 'deleted' };
}
