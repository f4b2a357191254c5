import { setTimeout as sleep } from 'node:timers/promises';
import { type DeploymentObject, type Kubectl, list, type NamedObject } from '#test/rollout/kubectl.ts';
import { SteadyLoad, type SteadyLoadOptions } from '#test/rollout/steady-load.ts';
import type { Phase } from '#test/rollout/tally.ts';

export interface RestartAllOptions extends SteadyLoadOptions {
  readonly kubectl: Kubectl;
  readonly deployments: readonly DeploymentObject[];
  /** How often each Deployment is restarted. */
  readonly rounds: number;
  readonly progress?: (text: string) => void;
}

/** Requests before the first restart and after the last, which show that the way itself is sound. */
const QUIET_REQUESTS = 200;
/** At least so many belong to each restart, however quick it is. */
const RESTART_REQUESTS = 500;
const POLL = 200;
const PATIENCE = 120_000;

/**
 * Restarts one Deployment after the other while requests come in without pause, and counts what became of them. A
 * Deployment's turn ends when its old pods are gone, not when the new ones are ready: a request is lost, if at all,
 * while an old pod ends.
 */
export async function restartAll(options: RestartAllOptions): Promise<readonly Phase[]> {
  const { kubectl, deployments, rounds, progress = () => {} } = options;
  const load = new SteadyLoad(options);
  let phases: readonly Phase[] = [];
  try {
    await load.more(QUIET_REQUESTS);
    for (let round = 1; round <= rounds; round++) {
      for (const deployment of deployments) {
        load.phase = deployment.metadata.name;
        progress(`round ${round} of ${rounds}: ${load.phase}`);
        await Promise.all([load.more(RESTART_REQUESTS), restart(kubectl, deployment)]);
      }
    }
    load.phase = 'after';
    await load.more(QUIET_REQUESTS);
  } finally {
    phases = await load.stop();
  }
  return phases;
}

async function restart(kubectl: Kubectl, { metadata: { name }, spec }: DeploymentObject): Promise<void> {
  const labels = Object.entries(spec.selector.matchLabels).map(([label, value]) => `${label}=${value}`);
  const pods = async () =>
    (await list<NamedObject>(kubectl, 'pods', '-l', labels.join(','))).map((pod) => pod.metadata.name);
  const old = await pods();
  await kubectl('rollout', 'restart', `deploy/${name}`);
  await kubectl('rollout', 'status', `deploy/${name}`, '--timeout=120s');
  const deadline = Date.now() + PATIENCE;
  for (let left = await pods(); left.some((pod) => old.includes(pod)); left = await pods()) {
    if (Date.now() > deadline) throw new Error(`old pods of ${name} do not end: ${left.join(', ')}`);
    await sleep(POLL);
  }
}
