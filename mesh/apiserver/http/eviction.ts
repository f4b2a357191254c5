import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError, badRequest, methodNotAllowed } from '#mesh/apiserver/api-error.ts';
import { budgetSpec, covers, healthUnder, isEnding, isReady } from '#mesh/apiserver/disruption-budget.ts';
import { readObject } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { isDryRun, writeOptions } from '#mesh/apiserver/http/request-info.ts';
import { sendJson } from '#mesh/apiserver/http/respond.ts';
import { type DeleteOptions, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

const budgets = 'poddisruptionbudgets.policy';
/** `pods/eviction`: a delete that its PodDisruptionBudget may forbid, which `kubectl drain` asks for. */
export async function answerEviction(call: Call): Promise<void> {
  const { api, type, namespace, name = '', request, response } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  const eviction = await readObject(request);
  if (eviction.metadata.name !== undefined && eviction.metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const pod = api.get(type, { namespace, name });
  checkBudgets(api, pod);
  await api.delete(type, { namespace, name }, deleteOptions(call, eviction['deleteOptions']));
  const done = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  sendJson(response, done, 201);
}

function deleteOptions(call: Call, given: unknown): DeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = isObject(given) ? given : {};
  return {
    manager: writeOptions(call).manager,
    dryRun: isDryRun(call.query) || (Array.isArray(dryRun) && dryRun.includes('All')),
    ...(typeof gracePeriodSeconds === 'number' && { gracePeriodSeconds }),
    ...(typeof propagationPolicy === 'string' && {
      propagationPolicy: propagationPolicy as 'Background' | 'Foreground' | 'Orphan',
    }),
    ...(isObject(preconditions) && { preconditions }),
  };
}

/** @throws ApiError 429, 500 */
function checkBudgets(api: Api, pod: KubernetesObject): void {
  const phase = isObject(pod['status']) ? pod['status']['phase'] : undefined;
  // Nobody misses a pod that no longer runs, or does not run yet.
  if (['Succeeded', 'Failed', 'Pending'].includes(String(phase)) || isEnding(pod)) return;
  const own = api.store
    .list(budgets, pod.metadata.namespace)
    .filter((budget) => covers(budgetSpec(budget), pod));
  const [budget, ...more] = own;
  if (more.length > 0) {
    const message =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError({ code: 500, reason: 'InternalError', message });
  }
  if (budget) checkBudget(api, budget, pod);
}

function checkBudget(api: Api, budget: KubernetesObject, pod: KubernetesObject): void {
  const spec = budgetSpec(budget);
  const { healthy, desired } = healthUnder(api, budget);
  if (
    !isReady(pod) &&
    (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (desired > 0 && healthy >= desired))
  )
    return;
  if (healthy > desired) return;
  const { name } = budget.metadata;
  const message = `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`;
  throw new ApiError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message }] },
  });
}
