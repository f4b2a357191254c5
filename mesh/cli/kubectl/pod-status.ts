import { field, listField, numberField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import { formatAge } from '#mesh/cli/output/age.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

const statuses = (pod: KubernetesObject) => listField(pod, 'status', 'containerStatuses');

/** `2/2`: ready containers of all, the sidecar included. */
export function podReady(pod: KubernetesObject): string {
  const containers = statuses(pod);
  const ready = containers.filter((status) => field(status, 'ready') === true);
  return `${ready.length}/${containers.length || listField(pod, 'spec', 'containers').length}`;
}

/** Why a container does not run (`CrashLoopBackOff`), else the pod's phase. */
export function podStatus(pod: KubernetesObject): string {
  if (textField(pod, 'metadata', 'deletionTimestamp')) return 'Terminating';
  for (const status of statuses(pod)) {
    const reason =
      textField(status, 'state', 'waiting', 'reason') || textField(status, 'state', 'terminated', 'reason');
    if (reason) return reason;
  }
  return textField(pod, 'status', 'reason') || textField(pod, 'status', 'phase') || 'Unknown';
}

/** `3 (5m ago)`: the sum over the containers, and when the last one ended. */
export function podRestarts(pod: KubernetesObject, now: number): string {
  const total = statuses(pod).reduce<number>((sum, status) => sum + numberField(status, 'restartCount'), 0);
  const ends = statuses(pod)
    .map((status) => Date.parse(textField(status, 'lastState', 'terminated', 'finishedAt')))
    .filter((time) => !Number.isNaN(time));
  return total > 0 && ends.length > 0
    ? `${total} (${formatAge(now - Math.max(...ends))} ago)`
    : String(total);
}
