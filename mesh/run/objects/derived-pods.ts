import type { KubernetesObject } from '#mesh/run/api.ts';
import { timestamp } from '#mesh/run/objects/stored-object.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import type { Supervised } from '#mesh/run/process/supervised.ts';
import type { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';

/** A running pod as `get pod -o yaml` shows it. */
export function podObject(pod: RunningPod): KubernetesObject {
  const { plan, proxy } = pod;
  const statuses = [
    ...pod.containers.map(({ plan: { name, image }, program, ready }) =>
      containerStatus({ name, image, program, ready }),
    ),
    ...(proxy ? [proxyStatus(proxy)] : []),
  ];
  const started = timestamp(pod.createdAt);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: podMetadata(plan, { started, terminating: pod.terminating }),
    spec: podSpec(plan),
    status: {
      phase: statuses.every(({ state }) => 'waiting' in state && state.waiting.reason === 'ContainerCreating')
        ? 'Pending'
        : 'Running',
      conditions: [
        { type: 'Ready', status: pod.ready ? 'True' : 'False' },
        { type: 'ContainersReady', status: statuses.every(({ ready }) => ready) ? 'True' : 'False' },
        { type: 'PodScheduled', status: 'True' },
      ],
      hostIP: '127.0.0.1',
      podIP: plan.address,
      podIPs: [{ ip: plan.address }],
      startTime: started,
      containerStatuses: statuses,
    },
  };
}

function podMetadata(plan: PodPlan, { started, terminating }: { started: string; terminating: boolean }) {
  return {
    name: plan.name,
    namespace: plan.namespace,
    uid: plan.uid,
    labels: plan.labels,
    ...(Object.keys(plan.annotations).length > 0 && { annotations: plan.annotations }),
    creationTimestamp: started,
    ...(terminating && { deletionTimestamp: timestamp(new Date()) }),
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `${plan.deployment}-${plan.templateHash}`,
        controller: true,
      },
    ],
  };
}

function podSpec(plan: PodPlan) {
  const own = plan.containers.map(({ name, image }) => ({
    name,
    image,
    ports: plan.ports.map(({ containerPort, name: port }) => ({
      containerPort,
      ...(port && { name: port }),
      protocol: 'TCP',
    })),
  }));
  return {
    containers: [...own, ...(plan.sidecar ? [{ name: 'istio-proxy', image: 'envoy' }] : [])],
    nodeName: 'laptop',
    serviceAccountName: plan.serviceAccount,
    terminationGracePeriodSeconds: plan.grace / 1000,
  };
}

export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly program: Supervised;
  readonly ready: boolean;
}

export function proxyStatus(proxy: ProxyProcess) {
  return containerStatus({ name: 'istio-proxy', image: 'envoy', program: proxy.program, ready: proxy.ready });
}

/** A container's status with Kubernetes' reasons. */
export function containerStatus({ name, image, program, ready }: ContainerFacts) {
  const exit = program.lastExit;
  const terminated = exit && {
    exitCode: exit.code ?? 128,
    reason: exit.code === 0 ? 'Completed' : 'Error',
    finishedAt: timestamp(exit.at),
    ...(exit.code === 78 || exit.error ? { message: exit.error ?? program.output.trim() } : {}),
  };
  return {
    name,
    image,
    ready,
    started: program.state === 'running',
    restartCount: program.restarts,
    state: stateOf(program),
    lastState: terminated ? { terminated } : {},
  };
}

function stateOf(program: Supervised) {
  if (program.state === 'running') {
    return { running: { startedAt: timestamp(program.startedAt) } };
  }
  // Between two runs; before the first one there has been no exit.
  const reason = program.lastExit ? 'CrashLoopBackOff' : 'ContainerCreating';
  return { waiting: { reason } };
}
