import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { findObject, podsOf } from '#mesh/cli/kubectl/find-objects.ts';
import { singularName } from '#mesh/cli/kubectl/kinds.ts';
import { podStatus } from '#mesh/cli/kubectl/pod-status.ts';
import { parseTarget } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export interface TargetName {
  /** `NAME`, `pod/NAME`, `deploy/NAME`, `svc/NAME`. */
  readonly word: string;
  readonly namespace: string;
}

/** The pods that a word means, running ones first; never empty. */
export async function targetPods(
  client: Client,
  { word, namespace }: TargetName,
): Promise<readonly [KubernetesObject, ...KubernetesObject[]]> {
  const { kind, name } = parseTarget(word);
  const owner = await findObject(client, { kind, name, namespace });
  const pods = await podsOf(client, owner);
  const [first, ...others] = [...pods].sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)));
  if (!first)
    throw new CommandFailure(`error: ${singularName(kind)}/${name} has no pods in namespace ${namespace}`);
  return [first, ...others];
}

function isRunning(pod: KubernetesObject): boolean {
  return podStatus(pod) === 'Running';
}
