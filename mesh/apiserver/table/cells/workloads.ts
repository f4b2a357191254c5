import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type Cell,
  type CellsOfKinds,
  containerCells,
  count,
  fieldAt,
  formatLabels,
  formatSelector,
  humanDuration,
  isConditionTrue,
  listAt,
  mapAt,
  none,
  number,
  numberAt,
  since,
  text,
  textAt,
  unset,
} from '#mesh/apiserver/table/cell.ts';

const containers = containerCells('spec.template.spec');
const selector: Cell = (object) => formatSelector(fieldAt(object, 'spec', 'selector'));
const readyOfWanted: Cell = (object) =>
  `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`;
const replicas = {
  Desired: number('spec.replicas'),
  Current: number('status.replicas'),
  Ready: number('status.readyReplicas'),
};

export const workloads: CellsOfKinds = {
  'deployments.apps': {
    Ready: readyOfWanted,
    'Up-to-date': number('status.updatedReplicas'),
    Available: number('status.availableReplicas'),
    ...containers,
    Selector: selector,
  },
  'replicasets.apps': { ...replicas, ...containers, Selector: selector },
  replicationcontrollers: {
    ...replicas,
    ...containers,
    Selector: (object) => formatLabels(mapAt(object, 'spec', 'selector')),
  },
  'statefulsets.apps': { Ready: readyOfWanted, ...containers },
  'daemonsets.apps': {
    Desired: number('status.desiredNumberScheduled'),
    Current: number('status.currentNumberScheduled'),
    Ready: number('status.numberReady'),
    'Up-to-date': number('status.updatedNumberScheduled'),
    Available: number('status.numberAvailable'),
    'Node Selector': (object) => formatLabels(mapAt(object, 'spec', 'template', 'spec', 'nodeSelector')),
    ...containers,
    Selector: selector,
  },
  'controllerrevisions.apps': { Controller: controllerOf, Revision: number('revision') },
};

/** `deployment.apps/web` */
function controllerOf({ metadata }: Parameters<Cell>[0]): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return none;
  const apiVersion = textAt(owner, 'apiVersion');
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}

export const jobs: CellsOfKinds = {
  'jobs.batch': {
    Status: jobStatus,
    Completions: completions,
    Duration: jobDuration,
    ...containerCells('spec.template.spec'),
    Selector: (job) => formatSelector(fieldAt(job, 'spec', 'selector')),
  },
  'cronjobs.batch': {
    Schedule: text('spec.schedule'),
    Timezone: text('spec.timeZone', none),
    Suspend: (job) => capitalized(fieldAt(job, 'spec', 'suspend')),
    Active: count('status.active'),
    'Last Schedule': (job, now) => {
      const last = textAt(job, 'status', 'lastScheduleTime');
      return last ? since(last, now) : none;
    },
    ...containerCells('spec.jobTemplate.spec.template.spec'),
    Selector: (job) => formatSelector(fieldAt(job, 'spec', 'jobTemplate', 'spec', 'selector')),
  },
};

const capitalized = (value: unknown) => (value === true ? 'True' : value === false ? 'False' : unset);

function jobStatus(job: KubernetesObject): string {
  if (isConditionTrue(job, 'Complete')) return 'Complete';
  if (isConditionTrue(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const others = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];
  return others.find((type) => isConditionTrue(job, type)) ?? 'Running';
}

/** `2/3`; a job without a number of completions ends with the first pod that succeeds. */
function completions(job: KubernetesObject): string {
  const succeeded = numberAt(job, 'status', 'succeeded');
  const wanted = textAt(job, 'spec', 'completions');
  if (wanted) return `${succeeded}/${wanted}`;
  const parallelism = numberAt(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubernetesObject, now: Date): string {
  const start = Date.parse(textAt(job, 'status', 'startTime'));
  if (Number.isNaN(start)) return '';
  const end = Date.parse(textAt(job, 'status', 'completionTime'));
  return humanDuration((Number.isNaN(end) ? now.getTime() : end) - start);
}

export const autoscaling: CellsOfKinds = {
  'horizontalpodautoscalers.autoscaling': {
    Reference: (scaler) => {
      const target = fieldAt(scaler, 'spec', 'scaleTargetRef');
      return `${textAt(target, 'kind')}/${textAt(target, 'name')}`;
    },
    Targets: targets,
    MinPods: text('spec.minReplicas', unset),
    MaxPods: number('spec.maxReplicas'),
    Replicas: number('status.currentReplicas'),
  },
};

/** `cpu: 12%/50%, <unknown>/5k (avg) + 1 more...` */
function targets(scaler: KubernetesObject): string {
  const simple = textAt(scaler, 'spec', 'targetCPUUtilizationPercentage');
  if (simple) {
    const current = textAt(scaler, 'status', 'currentCPUUtilizationPercentage');
    return `cpu: ${current ? `${current}%` : '<unknown>'}/${simple}%`;
  }
  const current = listAt(scaler, 'status', 'currentMetrics');
  const all = listAt(scaler, 'spec', 'metrics').map((metric, index) => target(metric, current[index]));
  if (all.length === 0) return none;
  const shown = all.slice(0, 2).join(', ');
  return all.length > 2 ? `${shown} + ${all.length - 2} more...` : shown;
}

/** Where the figures of a type of metric stand. */
const fields: ReadonlyMap<string, string> = new Map([
  ['Resource', 'resource'],
  ['ContainerResource', 'containerResource'],
  ['Pods', 'pods'],
  ['Object', 'object'],
  ['External', 'external'],
]);

function target(metric: unknown, status: unknown): string {
  const field = fields.get(textAt(metric, 'type'));
  if (field === undefined) return '<unknown type>';
  const wanted = fieldAt(metric, field, 'target');
  const current = fieldAt(status, field, 'current');
  const average = textAt(wanted, 'averageValue');
  const nowAverage = textAt(current, 'averageValue') || '<unknown>';
  if (field === 'pods') return `${nowAverage}/${average}`;
  if (field === 'object' || field === 'external') {
    if (average) return `${nowAverage}/${average} (avg)`;
    return `${textAt(current, 'value') || '<unknown>'}/${textAt(wanted, 'value')}`;
  }
  const name = textAt(metric, field, 'name');
  if (average) return `${name}: ${nowAverage}/${average}`;
  return `${name}: ${percent(current, '<unknown>')}/${percent(wanted, '<auto>')}`;
}

function percent(figures: unknown, otherwise: string): string {
  const utilization = textAt(figures, 'averageUtilization');
  return utilization ? `${utilization}%` : otherwise;
}
