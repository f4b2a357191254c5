import type { Api } from '#mesh/apiserver/api.ts';
import { budgetSpec, covers, healthUnder } from '#mesh/apiserver/disruption-budget.ts';
import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { type Condition, find, isTerminating, keyOf, writeStatus } from '#mesh/controllers/workload.ts';

const budgets = 'poddisruptionbudgets.policy';

interface Budget extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Writes into a PodDisruptionBudget's status how many of its pods may go. */
export class DisruptionController implements Controller {
  readonly name = 'disruption-controller';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  concerns({ resource, object, previous }: StoreEvent): readonly string[] {
    if (resource === budgets) return [keyOf(object)];
    if (resource !== 'pods') return [];
    const pods = previous ? [object, previous] : [object];
    return this.#api.store
      .list(budgets, object.metadata.namespace)
      .filter((budget) => pods.some((pod) => covers(budgetSpec(budget), pod)))
      .map(keyOf);
  }

  async sync(key: string): Promise<undefined> {
    const budget = find<Budget>(this.#api, budgets, key);
    if (!budget || isTerminating(budget)) return;
    const { expected, healthy, desired } = healthUnder(this.#api, budget);
    const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
    const status = {
      conditions: [conditionOf(budget, allowed > 0)],
      currentHealthy: healthy,
      desiredHealthy: desired,
      disruptionsAllowed: allowed,
      expectedPods: expected,
      observedGeneration: budget.metadata.generation,
    };
    await writeStatus(this.#api, { resource: budgets, object: budget, status, manager: this.name });
  }
}

function conditionOf({ metadata, status }: Budget, allowed: boolean): Condition {
  const is = allowed ? 'True' : 'False';
  const before = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  return {
    ...{ type: 'DisruptionAllowed', status: is, reason: allowed ? 'SufficientPods' : 'InsufficientPods' },
    ...{ message: '', observedGeneration: metadata.generation },
    lastTransitionTime: before?.status === is ? (before.lastTransitionTime ?? '') : timestamp(new Date()),
  };
}
