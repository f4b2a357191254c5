import process from 'node:process';
import { endWithReader } from '#platform/process.ts';
import { progressOn } from '#test/bench/report.ts';
import { type DeploymentObject, kubectlIn, list } from '#test/rollout/kubectl.ts';
import { parseOptions, type RolloutOptions, USAGE } from '#test/rollout/options.ts';
import { formatPhases, sumOf } from '#test/rollout/report.ts';
import { restartAll } from '#test/rollout/restart-all.ts';
import { failures } from '#test/rollout/tally.ts';
import { gatewayHost } from '#test/walkthrough/cluster.ts';

endWithReader();
process.exitCode = await main(process.argv.slice(2));

/**
 * Restarts every Deployment of the chain under load, on kubectl's current context. The exit code is 0 when no request
 * failed, 1 when any did, 2 for a mistake of the person who calls.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (!options) return mistake(USAGE);
  try {
    return await check(options);
  } catch (error) {
    return mistake(`${reasonOf(error as Error & { stderr?: string; code?: unknown })}\n`);
  }
}

async function check(options: RolloutOptions): Promise<number> {
  const { namespace, selector, output } = options;
  const kubectl = kubectlIn(namespace);
  const deployments = await list<DeploymentObject>(kubectl, 'deployments', '-l', selector);
  if (deployments.length === 0)
    return mistake(`no Deployment with ${selector} in namespace ${namespace}: deploy first\n`);
  const url = options.url ?? `http://${await gatewayHost()}`;
  const { show, end } = progressOn(process.stderr);
  const phases = await restartAll({ ...options, kubectl, deployments, url, progress: show }).finally(end);
  const sum = sumOf(phases);
  const text = output === 'json' ? `${JSON.stringify({ phases, sum }, null, 2)}\n` : formatPhases(phases);
  process.stdout.write(text);
  return failures(sum) > 0 ? 1 : 0;
}

/** Kubectl says what is wrong in its last line, after its own attempts. */
function reasonOf({ stderr, code, message }: Error & { stderr?: string; code?: unknown }): string {
  if (code === 'ENOENT')
    return 'kubectl is not on PATH: https://kubernetes.io/docs/tasks/tools/, or run in `make shell`';
  return stderr?.trim().split('\n').at(-1) || message;
}

function mistake(text: string): number {
  process.stderr.write(text);
  return 2;
}
