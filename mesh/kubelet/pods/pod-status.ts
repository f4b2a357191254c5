import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import { type Condition, withTimes } from '#mesh/controllers/workload.ts';
import type { RunningContainer } from '#mesh/kubelet/pods/running-container.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { Exit, Supervised } from '#mesh/kubelet/process/supervised.ts';

interface SpecContainer {
  readonly name: string;
  readonly image?: string;
}

/** A pod's status as a kubelet writes it. */
export function podStatus(pod: RunningPod, object: KubernetesObject): Readonly<Record<string, unknown>> {
  const isInitialized = pod.init.isDone;
  const statuses = containersOf(object).map((container) => statusOf(container, pod));
  const init = containersOf(object, 'initContainers').map((container) => initStatus(container, pod));
  const before = object['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  const { outcome } = pod;
  const ended = outcome === undefined ? {} : { reason: 'PodCompleted' };
  const conditions: Condition[] = [
    { type: 'PodReadyToStartContainers', status: 'True' },
    {
      type: 'Initialized',
      status: isInitialized ? 'True' : 'False',
      ...(isInitialized ? {} : notInitialized(pod)),
    },
    {
      type: 'Ready',
      status: pod.ready ? 'True' : 'False',
      ...(pod.ready ? {} : notReady(statuses)),
      ...ended,
    },
    {
      type: 'ContainersReady',
      status: statuses.every(({ ready }) => ready) ? 'True' : 'False',
      ...(statuses.every(({ ready }) => ready) ? {} : notReady(statuses)),
      ...ended,
    },
    { type: 'PodScheduled', status: 'True' },
  ];
  return {
    phase:
      outcome ?? (!isInitialized || statuses.every(({ state }) => isCreating(state)) ? 'Pending' : 'Running'),
    ...(pod.expired && EXPIRED),
    conditions: withTransitions(conditions, before?.conditions),
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: pod.plan.address,
    podIPs: [{ ip: pod.plan.address }],
    startTime: timestamp(pod.createdAt),
    containerStatuses: statuses,
    ...(init.length > 0 && { initContainerStatuses: init }),
    qosClass: 'BestEffort',
  };
}

/** Of a pod that cannot be made. */
export function failedStatus(
  object: KubernetesObject,
  { reason, message }: { readonly reason: string; readonly message: string },
): Readonly<Record<string, unknown>> {
  const before = object['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  if (reason === 'Unschedulable') return unscheduledStatus(before?.conditions, { reason, message });
  const statuses = containersOf(object).map(({ name, image = '' }) => ({
    ...{ name, image, imageID: '', ready: false, started: false, restartCount: 0 },
    // Only an event says what a volume waits for.
    state: { waiting: { reason, ...(reason !== 'ContainerCreating' && { message }) } },
    lastState: {},
  }));
  const conditions: Condition[] = [
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: 'False', ...notReady(statuses) },
    { type: 'ContainersReady', status: 'False', ...notReady(statuses) },
    { type: 'PodScheduled', status: 'True' },
  ];
  return {
    phase: 'Pending',
    conditions: withTransitions(conditions, before?.conditions),
    hostIP: '127.0.0.1',
    startTime: object.metadata.creationTimestamp,
    containerStatuses: statuses,
    qosClass: 'BestEffort',
  };
}

/** Of a pod that has no node: none of its containers has a status. */
function unscheduledStatus(
  before: readonly Condition[] | undefined,
  { reason, message }: { readonly reason: string; readonly message: string },
): Readonly<Record<string, unknown>> {
  const condition: Condition = { type: 'PodScheduled', status: 'False', reason, message };
  return { phase: 'Pending', conditions: withTransitions([condition], before), qosClass: 'BestEffort' };
}

function withTransitions(conditions: readonly Condition[], before: readonly Condition[] | undefined) {
  const now = timestamp(new Date());
  return conditions.map((condition) => {
    const { lastUpdateTime: _, ...timed } = withTimes(condition, before, now);
    return { ...timed, lastProbeTime: null };
  });
}

const EXPIRED = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

type List = 'containers' | 'initContainers';

function containersOf(object: KubernetesObject, list: List = 'containers'): readonly SpecContainer[] {
  const spec = object['spec'] as Partial<Record<List, readonly SpecContainer[]>> | undefined;
  return spec?.[list] ?? [];
}

function notInitialized({ init }: RunningPod) {
  const names = init.containers.flatMap(({ running }) =>
    init.isThrough(running) ? [] : [running.plan.name],
  );
  return {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names.join(' ')}]`,
  };
}

/** Of a container that waits for those before it. */
function initializing({ name, image = '' }: SpecContainer) {
  return {
    ...{ name, image, imageID: '', ready: false, started: false, restartCount: 0 },
    state: { waiting: { reason: 'PodInitializing' } },
    lastState: {},
  };
}

function initStatus(container: SpecContainer, pod: RunningPod) {
  const found = pod.init.containers.find(({ running }) => running.plan.name === container.name);
  if (!found || !pod.init.hasStarted(found.running)) return initializing(container);
  const { running, sidecar } = found;
  const ready = sidecar ? running.ready : pod.init.isThrough(running);
  const status = programStatus(running, { image: container.image ?? '', ready, pod });
  return { ...status, started: sidecar && running.hasStarted && running.program.state === 'running' };
}

function notReady(statuses: readonly { readonly name: string; readonly ready: boolean }[]) {
  const names = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

function statusOf({ name, image = '' }: SpecContainer, pod: RunningPod) {
  const own = pod.containers.find(({ plan }) => plan.name === name);
  if (own && !pod.init.isDone) return initializing({ name, image });
  if (own) return programStatus(own, { image, ready: pod.showsReady(own), pod });
  const { proxy } = pod;
  if (proxy)
    return containerStatus({ name, image, program: proxy.program, ready: proxy.ready, uid: pod.plan.uid });
  // The control plane's container is this process.
  return {
    ...{ name, image, imageID: image, containerID: `process://${process.pid}` },
    ...{ ready: !pod.terminating, started: true, restartCount: 0 },
    state: { running: { startedAt: timestamp(pod.createdAt) } },
    lastState: {},
  };
}

function programStatus(
  { plan, program }: RunningContainer,
  { image, ready, pod }: { readonly image: string; readonly ready: boolean; readonly pod: RunningPod },
) {
  return containerStatus({ name: plan.name, image, program, ready, uid: pod.plan.uid });
}

export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly program: Supervised;
  readonly ready: boolean;
  /** Of its pod. */
  readonly uid: string;
}

/** A container's status with Kubernetes' reasons. */
function containerStatus({ name, image, program, ready, uid }: ContainerFacts) {
  const { lastExit, state } = program;
  // A program that could not start has not ended, either.
  const terminated = lastExit && !lastExit.error && { terminated: termination(lastExit, program) };
  const isOver = state === 'ended' || state === 'stopped';
  const containerID = program.pid === undefined ? `process://${uid}` : `process://${program.pid}`;
  return {
    ...{ name, image, imageID: image, containerID, ready },
    started: state === 'running',
    restartCount: program.restarts,
    state: isOver && terminated ? terminated : stateOf(program),
    lastState: terminated && !isOver ? terminated : {},
  };
}

function termination({ code, signal, at, startedAt }: Exit, program: Supervised) {
  return {
    exitCode: code ?? 128 + signalNumber(signal),
    reason: code === 0 ? 'Completed' : 'Error',
    startedAt: timestamp(startedAt),
    finishedAt: timestamp(at),
    // EX_CONFIG: the program says what is wrong with how it was started.
    ...(code === 78 ? { message: (program.previousOutput ?? '').trim() } : {}),
  };
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 0;
}

function stateOf(program: Supervised) {
  if (program.state === 'running') return { running: { startedAt: timestamp(program.startedAt) } };
  const message = program.lastExit?.error;
  return { waiting: { reason: waitingReason(program), ...(message !== undefined && { message }) } };
}

/** Kubernetes' word for why a program is not running: between two runs, or before one that cannot begin. */
export function waitingReason({ lastExit }: Pick<Supervised, 'lastExit'>): string {
  if (!lastExit) return 'ContainerCreating';
  return lastExit.error === undefined ? 'CrashLoopBackOff' : 'CreateContainerError';
}

function isCreating(state: Readonly<Record<string, unknown>>): boolean {
  const waiting = state['waiting'] as { readonly reason?: string } | undefined;
  return waiting !== undefined && waiting.reason !== 'CrashLoopBackOff';
}
