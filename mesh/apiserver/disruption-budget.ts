import type { Api } from '#mesh/apiserver/api.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import { type LabelSelector, matchesLabelSelector } from '#mesh/apiserver/selector.ts';

/** What owns pods, and says how many there should be. */
const owners = ['replicasets.apps', 'statefulsets.apps', 'replicationcontrollers', 'jobs.batch'];

export interface BudgetSpec {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly selector?: LabelSelector;
  readonly unhealthyPodEvictionPolicy?: string;
}

/** How the pods under a PodDisruptionBudget are. */
export interface BudgetHealth {
  /** As many as their owners want. */
  readonly expected: number;
  readonly healthy: number;
  readonly desired: number;
}

export function healthUnder(api: Api, budget: KubernetesObject): BudgetHealth {
  const spec = budgetSpec(budget);
  const pods = api.store.list('pods', budget.metadata.namespace).filter((pod) => covers(spec, pod));
  const healthy = pods.filter((pod) => isReady(pod) && !isEnding(pod)).length;
  const expected = expectedPods(api, pods);
  return { expected, healthy, desired: desiredHealthy(spec, expected) };
}

function desiredHealthy({ minAvailable, maxUnavailable }: BudgetSpec, expected: number): number {
  if (minAvailable !== undefined) return countOf(minAvailable, expected);
  return Math.max(0, expected - countOf(maxUnavailable ?? 0, expected));
}

/** A percentage is rounded up. */
function countOf(amount: number | string, of: number): number {
  return typeof amount === 'number' ? amount : Math.ceil((Number.parseInt(amount, 10) / 100) * of);
}

/** As many as their owners want; of a pod without an owner, itself. */
function expectedPods(api: Api, pods: readonly KubernetesObject[]): number {
  const uids = pods.map(
    ({ metadata }) => metadata.ownerReferences?.find(({ controller }) => controller)?.uid,
  );
  const alone = uids.filter((uid) => uid === undefined).length;
  const all = owners.flatMap((resource) => api.store.list(resource, pods[0]?.metadata.namespace));
  const wanted = [...new Set(uids)].flatMap((uid) => all.filter(({ metadata }) => metadata.uid === uid));
  return wanted.reduce((sum, owner) => sum + replicasOf(owner), alone);
}

function replicasOf(owner: KubernetesObject): number {
  const spec = isObject(owner['spec']) ? owner['spec'] : {};
  return Number(spec['replicas'] ?? spec['parallelism'] ?? 1);
}

export function budgetSpec(budget: KubernetesObject): BudgetSpec {
  return (budget['spec'] ?? {}) as BudgetSpec;
}

export function covers({ selector }: BudgetSpec, { metadata }: KubernetesObject): boolean {
  return selector !== undefined && matchesLabelSelector(selector)(metadata.labels ?? {});
}

export function isEnding({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function isReady({ status }: KubernetesObject): boolean {
  const conditions = isObject(status) ? status['conditions'] : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some((each) => isObject(each) && each['type'] === 'Ready' && each['status'] === 'True')
  );
}
