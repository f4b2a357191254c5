import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type CellsOfKinds,
  containerCells,
  fieldAt,
  formatLabels,
  isConditionTrue,
  listAt,
  mapAt,
  none,
  numberAt,
  since,
  text,
  textAt,
} from '#mesh/apiserver/table/cell.ts';

export const pods: CellsOfKinds = {
  pods: {
    Ready: podReady,
    Status: podStatus,
    Restarts: podRestarts,
    IP: (pod) => textAt(listAt(pod, 'status', 'podIPs')[0], 'ip') || textAt(pod, 'status', 'podIP') || none,
    Node: text('spec.nodeName', none),
    'Nominated Node': text('status.nominatedNodeName', none),
    'Readiness Gates': readinessGates,
  },
  podtemplates: {
    ...containerCells('template.spec'),
    'Pod Labels': (object) => formatLabels(mapAt(object, 'template', 'metadata', 'labels')),
  },
};

const initStatuses = (pod: KubernetesObject) => listAt(pod, 'status', 'initContainerStatuses');
const statuses = (pod: KubernetesObject) => listAt(pod, 'status', 'containerStatuses');

/** Init containers that go on running beside the others: sidecars by `restartPolicy: Always`. */
function sidecarNames(pod: KubernetesObject): ReadonlySet<string> {
  const sidecars = listAt(pod, 'spec', 'initContainers').filter(
    (container) => textAt(container, 'restartPolicy') === 'Always',
  );
  return new Set(sidecars.map((container) => textAt(container, 'name')));
}

/** `1/2`: how many of the containers are ready, sidecars included. */
function podReady(pod: KubernetesObject): string {
  const sidecars = sidecarNames(pod);
  const all = listAt(pod, 'spec', 'containers').length + sidecars.size;
  const started = initStatuses(pod).filter(
    (status) =>
      sidecars.has(textAt(status, 'name')) &&
      fieldAt(status, 'started') === true &&
      fieldAt(status, 'ready') === true,
  );
  const ready = isInitialized(pod) ? statuses(pod).filter(isReady) : [];
  return `${started.length + ready.length}/${all}`;
}

function isReady(status: unknown): boolean {
  return fieldAt(status, 'ready') === true && fieldAt(status, 'state', 'running') !== undefined;
}

function isInitialized(pod: KubernetesObject): boolean {
  return initReason(pod) === undefined || isConditionTrue(pod, 'Initialized');
}

/** What an init container waits for; undefined when all are through. */
function initReason(pod: KubernetesObject): string | undefined {
  const sidecars = sidecarNames(pod);
  const all = listAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of initStatuses(pod).entries()) {
    const terminated = fieldAt(status, 'state', 'terminated');
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue;
    if (sidecars.has(textAt(status, 'name')) && fieldAt(status, 'started') === true) continue;
    if (terminated !== undefined) return `Init:${endOf(terminated)}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${all}`;
  }
  return undefined;
}

/** Why a container ended. */
function endOf(terminated: unknown): string {
  const signal = numberAt(terminated, 'signal');
  return (
    textAt(terminated, 'reason') ||
    (signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode')}`)
  );
}

/** Why the first container that has a reason does not run (`CrashLoopBackOff`), else the pod's phase. */
function podStatus(pod: KubernetesObject): string {
  const phase = textAt(pod, 'status', 'phase');
  const reason = textAt(pod, 'status', 'reason');
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (reason === 'NodeLost') return 'Unknown';
    if (phase !== 'Succeeded' && phase !== 'Failed') return 'Terminating';
  }
  if (!isInitialized(pod)) return initReason(pod) ?? phase;
  const ofContainer = statuses(pod)
    .map(containerReason)
    .find((found) => found !== undefined);
  const shown = ofContainer ?? initReason(pod) ?? (schedulingGated(pod) || reason || phase);
  if (shown !== 'Completed' || !statuses(pod).some(isReady)) return shown;
  return isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

function containerReason(status: unknown): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting) return waiting;
  const terminated = fieldAt(status, 'state', 'terminated');
  return terminated === undefined ? undefined : endOf(terminated);
}

function schedulingGated(pod: KubernetesObject): string {
  const gated = listAt(pod, 'status', 'conditions').some(
    (condition) =>
      textAt(condition, 'type') === 'PodScheduled' && textAt(condition, 'reason') === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : '';
}

/** `3 (5m ago)`: the sum over the containers, and when the last one ended. */
function podRestarts(pod: KubernetesObject, now: Date): string {
  const sidecars = sidecarNames(pod);
  const counted = isInitialized(pod)
    ? [...initStatuses(pod).filter((status) => sidecars.has(textAt(status, 'name'))), ...statuses(pod)]
    : initStatuses(pod);
  const total = counted.reduce<number>((sum, status) => sum + numberAt(status, 'restartCount'), 0);
  const ends = counted
    .map((status) => textAt(status, 'lastState', 'terminated', 'finishedAt'))
    .filter((time) => !Number.isNaN(Date.parse(time)))
    .sort();
  return total > 0 && ends.length > 0 ? `${total} (${since(ends.at(-1), now)} ago)` : String(total);
}

function readinessGates(pod: KubernetesObject): string {
  const gates = listAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (gates.length === 0) return none;
  return `${gates.filter((type) => isConditionTrue(pod, type)).length}/${gates.length}`;
}
