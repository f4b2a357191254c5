import type { Condition, Workload } from '#mesh/controllers/workload.ts';

export interface Job extends Workload {
  readonly spec: Workload['spec'] & {
    readonly completions?: number;
    readonly parallelism?: number;
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly completionMode?: string;
    readonly suspend?: boolean;
  };
}

function standingConditions({ status }: Job): readonly Condition[] {
  return (status?.['conditions'] ?? []) as readonly Condition[];
}

export function isSuspended(job: Job): boolean {
  return standingConditions(job).some(({ type, status }) => type === 'Suspended' && status === 'True');
}

/** The conditions that stand, that of a suspension as it is now, and the outcome. */
export function conditionsOf(job: Job, outcome: Condition | undefined, time: string): readonly Condition[] {
  const before = standingConditions(job);
  const { suspend = false } = job.spec;
  const turned = isSuspended(job) !== suspend;
  const suspended: Condition = {
    type: 'Suspended',
    ...(suspend
      ? { status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
      : { status: 'False', reason: 'JobResumed', message: 'Job resumed' }),
  };
  const fresh: Condition[] = [...(turned ? [suspended] : []), ...(outcome ? [outcome] : [])];
  return [
    ...before.filter(({ type }) => !fresh.some((each) => each.type === type)),
    ...fresh.map((condition) => ({ ...condition, lastProbeTime: time, lastTransitionTime: time })),
  ];
}

/** When it was complete or had failed: milliseconds since the epoch. */
export function finishedAt(job: Job): number | undefined {
  const end = standingConditions(job).find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  return end && Date.parse(end.lastTransitionTime ?? '');
}
