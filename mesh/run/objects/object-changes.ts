import type { LabelRequest, ObjectName } from '#mesh/run/api.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';
import { relabelled } from '#mesh/run/objects/overlay.ts';
import { type Snapshot, withObjectOverlay } from '#mesh/run/objects/snapshot.ts';
import { keyOf, type StoredObject } from '#mesh/run/objects/stored-object.ts';

/** @throws ControlError when there is none */
export function objectNamed(snapshot: Snapshot, name: ObjectName): StoredObject {
  const stored = snapshot.objects.get(keyOf(name));
  if (!stored) {
    throw new ControlError(404, `${name.kind.toLowerCase()} "${name.name}" not found`);
  }
  return stored;
}

/**
 * A new revision of a Deployment with the same template.
 * @throws ControlError when there is no such object
 */
export function restarted(snapshot: Snapshot, name: ObjectName): Snapshot {
  const stored = objectNamed(snapshot, name);
  // Kubernetes' own annotation has seconds, and two restarts in one second would be one.
  const overlay = { ...stored.overlay, restartedAt: new Date().toISOString() };
  return withObjectOverlay(snapshot, stored, overlay);
}

/** @throws ControlError when there is no such object, or a label has another value already */
export function labelled(snapshot: Snapshot, request: LabelRequest): Snapshot {
  const stored = objectNamed(snapshot, request);
  const overlay = relabelled(stored.document.value, stored.overlay, request);
  return withObjectOverlay(snapshot, stored, overlay);
}
