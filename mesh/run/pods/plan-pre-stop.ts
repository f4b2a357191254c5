import { setTimeout as pause } from 'node:timers/promises';
import { type CheckContext, checkOf } from '#mesh/run/pods/plan-check.ts';
import type { ContainerPlan } from '#mesh/run/pods/pod-plan.ts';
import type { Lifecycle } from '#mesh/schema/kubernetes/lifecycle.ts';

/** What a container does between leaving the endpoints and SIGTERM. */
export function planPreStop(
  lifecycle: Lifecycle | undefined,
  context: CheckContext,
): Pick<ContainerPlan, 'preStop'> {
  if (!lifecycle?.preStop) {
    return {};
  }
  const { sleep, ...handler } = lifecycle.preStop;
  if (!sleep) {
    return { preStop: checkOf(handler, context) };
  }
  // A pause that is cut short is over; nobody has to know.
  return { preStop: (signal) => pause(sleep.seconds * 1000, true, { signal }).catch(() => false) };
}
