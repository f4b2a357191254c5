import type { Api } from '#mesh/apiserver/api.ts';
import { timestamp } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { conditionsOf, finishedAt, isSuspended, type Job } from '#mesh/controllers/job-conditions.ts';
import { PodControl } from '#mesh/controllers/pod-control.ts';
import {
  type Condition,
  controllerKey,
  find,
  isActive,
  isReady,
  isTerminating,
  keyOf,
  type Pod,
  typeOf,
  writeStatus,
} from '#mesh/controllers/workload.ts';

const jobs = 'jobs.batch';
const indexAnnotation = 'batch.kubernetes.io/job-completion-index';

/** Runs pods until enough of them have succeeded, or too many have failed. */
export class JobController implements Controller {
  readonly name = 'job-controller';
  readonly #api: Api;
  readonly #recorder: EventRecorder;
  readonly #pods: PodControl;

  constructor(api: Api) {
    this.#api = api;
    this.#recorder = new EventRecorder(api, this.name);
    this.#pods = new PodControl({ api, recorder: this.#recorder, manager: this.name });
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    if (resource === jobs) return [keyOf(object)];
    return resource === 'pods' ? controllerKey(object, 'Job') : [];
  }

  async sync(key: string): Promise<number | undefined> {
    const job = find<Job>(this.#api, jobs, key);
    if (!job || isTerminating(job)) return undefined;
    const finished = finishedAt(job);
    if (finished !== undefined) return this.#afterwards(job, finished);
    const now = new Date();
    const pods = await this.#pods.claim(job);
    const outcome = outcomeOf(job, pods, now);
    const active = pods.filter(isActive);
    if (outcome || job.spec.suspend) {
      for (const pod of active) await this.#pods.delete(job, pod);
    } else {
      await this.#start(job, pods);
    }
    await this.#report(job, { outcome, now });
    return this.#untilDeadline(job, now);
  }

  async #start(job: Job, pods: readonly Pod[]): Promise<void> {
    const { completions, parallelism = 1 } = job.spec;
    const active = pods.filter(isActive);
    const succeeded = succeededOf(pods).length;
    const left = completions === undefined ? parallelism : completions - succeeded;
    // Without completions the first success ends the search for more work.
    const wanted = completions === undefined && succeeded > 0 ? 0 : Math.min(parallelism, left);
    const taken = new Set([...active, ...succeededOf(pods)].map(indexOf));
    for (let count = active.length; count < wanted; count += 1) {
      await this.#pods.create(job, this.#newPod(job, taken));
    }
  }

  #newPod(job: Job, taken: Set<string | undefined>) {
    if (job.spec.completionMode !== 'Indexed') return {};
    let index = 0;
    while (taken.has(String(index))) index += 1;
    taken.add(String(index));
    const { template } = job.spec;
    const containers = (template.spec['containers'] as readonly { readonly env?: readonly object[] }[]).map(
      (container) => ({
        ...container,
        env: [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', value: String(index) }],
      }),
    );
    return {
      annotations: { [indexAnnotation]: String(index) },
      labels: { [indexAnnotation]: String(index) },
      spec: { containers, hostname: `${job.metadata.name}-${index}` },
    };
  }

  async #report(job: Job, { outcome, now }: { outcome: Condition | undefined; now: Date }): Promise<void> {
    const pods = await this.#pods.claim(job);
    const active = pods.filter(isActive);
    const succeeded = succeededOf(pods).length;
    const failed = failedOf(pods).length;
    const time = timestamp(now);
    const conditions = conditionsOf(job, outcome, time);
    const startTime = job.spec.suspend ? undefined : (job.status?.['startTime'] ?? time);
    const status = {
      ...(startTime !== undefined && { startTime }),
      ...(active.length > 0 && !outcome && { active: active.length }),
      terminating: pods.filter(isTerminating).length,
      uncountedTerminatedPods: {},
      ready: outcome ? 0 : active.filter(isReady).length,
      ...(succeeded > 0 && { succeeded }),
      ...(failed > 0 && { failed }),
      ...(job.spec.completionMode === 'Indexed' && { completedIndexes: indexesOf(succeededOf(pods)) }),
      ...(conditions.length > 0 && { conditions }),
      ...(outcome?.type === 'Complete' && { completionTime: time }),
    };
    await writeStatus(this.#api, { resource: jobs, object: job, status, manager: this.name });
    await this.#recordSuspension(job);
    if (outcome) {
      const complete = outcome.type === 'Complete';
      await this.#recorder.record(job, {
        type: complete ? 'Normal' : 'Warning',
        reason: complete ? 'Completed' : (outcome.reason ?? 'Failed'),
        message: complete ? 'Job completed' : (outcome.message ?? ''),
      });
    }
  }

  async #recordSuspension(job: Job): Promise<void> {
    const was = isSuspended(job);
    const { suspend = false } = job.spec;
    if (was === suspend) return;
    const [reason, message] = suspend ? ['Suspended', 'Job suspended'] : ['Resumed', 'Job resumed'];
    await this.#recorder.record(job, { type: 'Normal', reason, message });
  }

  #untilDeadline({ spec, status }: Job, now: Date): number | undefined {
    if (spec.activeDeadlineSeconds === undefined) return undefined;
    const started = Date.parse(String(status?.['startTime'] ?? timestamp(now)));
    return Math.max(100, started + spec.activeDeadlineSeconds * 1000 - now.getTime());
  }

  async #afterwards(job: Job, finished: number): Promise<number | undefined> {
    const { ttlSecondsAfterFinished } = job.spec;
    if (ttlSecondsAfterFinished === undefined) return undefined;
    const left = finished + ttlSecondsAfterFinished * 1000 - Date.now();
    if (left > 0) return left;
    const options = { manager: this.name, propagationPolicy: 'Background' as const };
    await this.#api.delete(typeOf(this.#api, jobs), job.metadata, options);
    return undefined;
  }
}

function outcomeOf({ spec, status }: Job, pods: readonly Pod[], now: Date): Condition | undefined {
  const succeeded = succeededOf(pods).length;
  const active = pods.some(isActive);
  const complete = spec.completions === undefined ? succeeded > 0 && !active : succeeded >= spec.completions;
  if (complete)
    return {
      type: 'Complete',
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
  if (failedOf(pods).length > (spec.backoffLimit ?? 6)) {
    const message = 'Job has reached the specified backoff limit';
    return { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message };
  }
  const started = Date.parse(String(status?.['startTime'] ?? timestamp(now)));
  if (
    spec.activeDeadlineSeconds !== undefined &&
    now.getTime() - started >= spec.activeDeadlineSeconds * 1000
  ) {
    const message = 'Job was active longer than specified deadline';
    return { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message };
  }
  return undefined;
}

function succeededOf(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ status }) => status?.phase === 'Succeeded');
}

function failedOf(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ status }) => status?.phase === 'Failed');
}

function indexOf({ metadata }: Pod): string | undefined {
  return metadata.annotations?.[indexAnnotation];
}

function indexesOf(pods: readonly Pod[]): string {
  return [...new Set(pods.flatMap((pod) => indexOf(pod) ?? []))]
    .sort((a, b) => Number(a) - Number(b))
    .join(',');
}
