import type { SupervisedProgram } from '#mesh/cli/own-programs/supervise.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import type { Client } from '#mesh/run/client.ts';

/** Waits in the pod in the program's place; it listens nowhere. */
export const PLACEHOLDER = 'curlimages/curl';

export interface PlaceQuery {
  readonly workload: string;
  readonly namespace: string;
}

/** A program's place in the mesh: the environment and the ports of the pod whose container only waits. */
export async function placeOf(
  client: Client,
  { workload, namespace }: PlaceQuery,
): Promise<Pick<SupervisedProgram, 'env' | 'ports'>> {
  for await (const event of client.events()) {
    if (event.type === 'failed') throw new CommandFailure(`error: ${event.message}`);
  }
  const { pods } = await client.mesh();
  const waiting = pods.filter((pod) => pod.namespace === namespace && pod.workload === workload);
  const pod = waiting.at(-1);
  if (!pod)
    throw new CommandFailure(`error: the pod of ${workload} did not start; \`kubectl get pods\` says why`);
  const { env } = await client.execTarget(pod);
  return { env, ports: pod.ports };
}
