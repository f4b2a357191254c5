import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf, type SelectorFlags } from '#mesh/cli/flags.ts';
import { findObject, findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { pluralName } from '#mesh/cli/kubectl/kinds.ts';
import { missingMessages } from '#mesh/cli/kubectl/missing.ts';
import { numberField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import { poll } from '#mesh/cli/kubectl/poll.ts';
import { parseResourceArguments, type ResourceArgument } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

export interface RolloutFlags extends NamespaceFlags, SelectorFlags {
  readonly timeout?: number;
}

/** `kubectl rollout restart deploy/NAME…`, or `deployment` for all of the namespace. */
export async function rolloutRestart({
  context,
  operands,
  options,
}: Invocation<RolloutFlags>): Promise<number> {
  const wanted = parseDeployments(operands);
  const client = await context.connect();
  const scope = {
    namespace: namespaceOf(options),
    ...(options.selector ? { selector: options.selector } : {}),
  };
  const found = await Promise.all(wanted.map((argument) => findObjects(client, argument, scope)));
  for (const { metadata } of found.flatMap(({ objects }) => objects)) {
    await client.restart({ kind: 'Deployment', name: metadata.name, namespace: scope.namespace });
    context.stdout.write(`deployment.apps/${metadata.name} restarted\n`);
  }
  const missing = missingMessages(found);
  context.stderr.write(missing.join(''));
  return missing.length > 0 ? 1 : 0;
}

/** `kubectl rollout status deploy/NAME`: waits until every replica is available. */
export async function rolloutStatus({
  context,
  operands,
  options,
}: Invocation<RolloutFlags>): Promise<number> {
  const [argument] = parseDeployments(operands);
  const name = argument?.names[0];
  if (!argument || !name) throw new CommandFailure('error: required resource not specified: deploy/NAME');
  const client = await context.connect();
  const address = { kind: argument.kind, name, namespace: namespaceOf(options) };
  let shown = '';
  await poll(
    async () => {
      const waiting = waitingFor(await findObject(client, address));
      if (waiting && waiting !== shown) context.stdout.write(waiting);
      shown = waiting;
      return waiting === '';
    },
    {
      timeout: options.timeout ?? Number.POSITIVE_INFINITY,
      onTimeout: 'error: timed out waiting for the condition',
    },
  );
  context.stdout.write(`deployment "${name}" successfully rolled out\n`);
  return 0;
}

function parseDeployments(operands: readonly string[]): readonly ResourceArgument[] {
  const wanted = parseResourceArguments(operands);
  const other = wanted.find(({ kind }) => kind.kind !== 'Deployment');
  if (other)
    throw new CommandFailure(`error: ${pluralName(other.kind)} cannot be rolled out; name a deployment`);
  return wanted;
}

function waitingFor(deployment: KubernetesObject): string {
  const wanted = Number(textField(deployment, 'spec', 'replicas') || 1);
  const available = numberField(deployment, 'status', 'availableReplicas');
  const updated = numberField(deployment, 'status', 'updatedReplicas');
  const { name } = deployment.metadata;
  const prefix = `Waiting for deployment "${name}" rollout to finish: `;
  if (updated < wanted) return `${prefix}${updated} out of ${wanted} new replicas have been updated...\n`;
  const old = numberField(deployment, 'status', 'replicas') - updated;
  if (old > 0) return `${prefix}${old} old replicas are pending termination...\n`;
  return available < wanted ? `${prefix}${available} of ${wanted} updated replicas are available...\n` : '';
}
