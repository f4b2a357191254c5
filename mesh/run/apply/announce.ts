import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Workload } from '#mesh/controllers/workload.ts';
import type { Kubelet } from '#mesh/kubelet/kubelet.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { DataPlane } from '#mesh/run/apply/data-plane.ts';
import type { UpEvents } from '#mesh/run/apply/up-events.ts';

/** A program that ended this often before its pod was ever ready is not going to start. */
const crashLoopRestarts = 3;

export interface Announced {
  readonly events: UpEvents;
  readonly pods: readonly RunningPod[];
  readonly api: Pick<Api, 'store'>;
  readonly kubelet: Pick<Kubelet, 'failures'>;
  readonly dataPlane: Pick<DataPlane, 'proxies'>;
}

/** Tells those who wait for the mesh how far it is. */
export function announce(mesh: Announced): void {
  const { events, pods, kubelet, dataPlane } = mesh;
  for (const { plan, ready, terminating, outcome } of pods) {
    if (!terminating) events.step(nameOf(plan), ready || outcome !== undefined ? 'done' : 'started');
  }
  const reason = kubelet.failures[0] ?? failure(mesh);
  if (reason !== undefined) events.failed(reason);
  const isSettled = pods.every(({ ready, outcome }) => ready || outcome !== undefined);
  // Its sidecar ends with a pod that has done what it was to do.
  const ended = new Set(
    pods.flatMap(({ outcome, proxy }) => (outcome !== undefined && proxy ? [proxy] : [])),
  );
  const isServed = dataPlane.proxies.every(({ process }) => process.ready || ended.has(process));
  if (isSettled && isRolledOut(mesh) && isServed) events.ready();
}

/** A gateway goes by the name that people know. */
function nameOf({ name, role, workload }: RunningPod['plan']): string {
  return role === 'workload' ? `pod ${name}` : workload;
}

/** Whether the controllers have brought every workload to its last template and number. */
function isRolledOut({ api }: Announced): boolean {
  const all = (resource: string) => api.store.list(resource) as readonly Workload[];
  return (
    all('deployments.apps').every((one) => one.spec['paused'] === true || counts(one, 'updatedReplicas')) &&
    all('statefulsets.apps').every((one) => counts(one, 'readyReplicas')) &&
    all('daemonsets.apps').every(
      ({ metadata, status }) => observed(metadata, status) && status?.['numberReady'] === 1,
    )
  );
}

function counts({ metadata, spec, status }: Workload, field: string): boolean {
  const replicas = spec.replicas ?? 1;
  const count = (name: string) => Number(status?.[name] ?? 0);
  const all =
    count(field) === replicas && count('replicas') === replicas && count('readyReplicas') === replicas;
  return observed(metadata, status) && all;
}

function observed(
  { generation }: KubernetesObject['metadata'],
  status: Readonly<Record<string, unknown>> | undefined,
): boolean {
  return status?.['observedGeneration'] === generation;
}

/** Why the mesh will not become ready, when that is certain. */
function failure({ pods, dataPlane }: Announced): string | undefined {
  const envoy = dataPlane.proxies.find(
    ({ process: { ready, program } }) => !ready && program.restarts >= crashLoopRestarts,
  );
  if (envoy) return `the Envoy of ${envoy.process.name} does not start`;
  const pod = pods.find((candidate) => !candidate.wasReady && isHopeless(candidate));
  return pod && `pod ${pod.plan.name} does not start`;
}

/** Exit code 78 (EX_CONFIG) says that trying again is useless. */
function isHopeless({ all, outcome }: RunningPod): boolean {
  if (outcome !== undefined) return false;
  return all.some(
    ({ program: { lastExit, restarts } }) => lastExit?.code === 78 || restarts >= crashLoopRestarts,
  );
}
