import { timestamp } from '#mesh/apiserver/object.ts';
import { resolveLimits } from '#mesh/controllers/rolling-update.ts';
import { type Condition, type Workload, withTimes } from '#mesh/controllers/workload.ts';

export interface DeploymentFacts {
  readonly deployment: Workload;
  /** All of its ReplicaSets. */
  readonly sets: readonly Workload[];
  /** The one of the present template. */
  readonly currentUid: string | undefined;
  readonly now: Date;
}

/** A Deployment's status, and the milliseconds until time alone changes it. */
export function deploymentStatus({ deployment, sets, currentUid, now }: DeploymentFacts): {
  readonly status: Readonly<Record<string, unknown>>;
  readonly again: number | undefined;
} {
  const current = sets.find(({ metadata }) => metadata.uid === currentUid);
  const sum = (field: string) => sets.reduce((total, { status }) => total + Number(status?.[field] ?? 0), 0);
  const counts = {
    replicas: sum('replicas'),
    updatedReplicas: Number(current?.status?.['replicas'] ?? 0),
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
    unavailableReplicas: Math.max(0, (deployment.spec.replicas ?? 1) - sum('availableReplicas')),
  };
  const before = deployment.status?.['conditions'] as readonly Condition[] | undefined;
  const { condition: progressing, again } = progress({ deployment, counts, current, before, now });
  const conditions = [availability(deployment, counts), progressing].map((wanted) =>
    withTimes(wanted, before, timestamp(now)),
  );
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return {
    status: { observedGeneration: deployment.metadata.generation, ...Object.fromEntries(shown), conditions },
    again,
  };
}

type Counts = Readonly<
  Record<
    'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'unavailableReplicas',
    number
  >
>;

function availability({ spec }: Workload, { availableReplicas }: Counts): Condition {
  const replicas = spec.replicas ?? 1;
  const strategy = spec['strategy'] as { type?: string; rollingUpdate?: object } | undefined;
  const unavailable =
    strategy?.type === 'Recreate' ? 0 : resolveLimits(replicas, strategy?.rollingUpdate ?? {}).maxUnavailable;
  return availableReplicas >= replicas - unavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

interface Progress {
  readonly deployment: Workload;
  readonly counts: Counts;
  readonly current: Workload | undefined;
  readonly before: readonly Condition[] | undefined;
  readonly now: Date;
}

function progress({ deployment, counts, current, before, now }: Progress): {
  readonly condition: Condition;
  readonly again: number | undefined;
} {
  const replicas = deployment.spec.replicas ?? 1;
  const name = current?.metadata.name ?? '';
  const known = before?.find(({ type }) => type === 'Progressing');
  const complete =
    counts.updatedReplicas === replicas &&
    counts.replicas === replicas &&
    counts.availableReplicas >= replicas;
  if (deployment.spec['paused'] === true) {
    const message = 'Deployment is paused';
    return {
      condition: { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message },
      again: undefined,
    };
  }
  if (complete) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return {
      condition: { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message },
      again: undefined,
    };
  }
  const moved = hasMoved(deployment, counts);
  const since =
    moved || known?.reason === 'NewReplicaSetAvailable'
      ? now.getTime()
      : Date.parse(known?.lastUpdateTime ?? timestamp(now));
  const deadline = Number(deployment.spec['progressDeadlineSeconds'] ?? 600) * 1000;
  const left = since + deadline - now.getTime();
  if (left <= 0) {
    const message = `ReplicaSet "${name}" has timed out progressing.`;
    return {
      condition: { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message },
      again: undefined,
    };
  }
  const message = `ReplicaSet "${name}" is progressing (${counts.updatedReplicas} updated, ${counts.availableReplicas} available).`;
  return {
    condition: { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message },
    again: left,
  };
}

function hasMoved({ status }: Workload, counts: Counts): boolean {
  return (['updatedReplicas', 'availableReplicas', 'readyReplicas'] as const).some(
    (field) => Number(status?.[field] ?? 0) < counts[field],
  );
}
