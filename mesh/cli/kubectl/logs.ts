import { finished } from 'node:stream/promises';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { type NamespaceFlags, namespaceOf, type SelectorFlags } from '#mesh/cli/flags.ts';
import { findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { kindNamed } from '#mesh/cli/kubectl/resource-arguments.ts';
import { targetPods } from '#mesh/cli/kubectl/target-pod.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export interface LogsFlags extends NamespaceFlags, SelectorFlags {
  readonly container?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly prefix?: boolean;
}

/** `kubectl logs`: of one pod, or with `-l` of all that match, their last 10 lines unless `--tail` says otherwise. */
export async function logs(invocation: Invocation<LogsFlags>): Promise<number> {
  const { context, operands, options } = invocation;
  const client = await context.connect();
  const pods = await podsToShow(client, invocation);
  const container = options.container ?? operands[1];
  const tail = options.tail ?? (options.selector ? 10 : -1);
  const show = (pod: KubernetesObject) =>
    copyLogs(context, client, {
      name: pod.metadata.name,
      namespace: pod.metadata.namespace ?? 'default',
      ...(container ? { container } : {}),
      ...(tail >= 0 ? { tail } : {}),
      follow: options.follow ?? false,
      prefix: options.prefix ?? false,
    });
  if (options.follow) await Promise.race([Promise.all(pods.map(show)), context.interrupted()]);
  else for (const pod of pods) await show(pod);
  return 0;
}

async function podsToShow(
  client: Client,
  { context, operands, options }: Invocation<LogsFlags>,
): Promise<readonly KubernetesObject[]> {
  const namespace = namespaceOf(options);
  if (options.selector) {
    const scope = { namespace, selector: options.selector };
    const { objects } = await findObjects(client, { kind: kindNamed('pods'), names: [] }, scope);
    if (objects.length === 0) context.stderr.write(`No resources found in ${namespace} namespace.\n`);
    return objects;
  }
  const [word] = operands;
  if (!word) throw new CommandFailure('error: expected POD, deploy/NAME or -l SELECTOR');
  const [first, ...others] = await targetPods(client, { word, namespace });
  if (others.length > 0) {
    context.stderr.write(`Found ${others.length + 1} pods, using pod/${first.metadata.name}\n`);
  }
  return [first];
}

interface CopyOptions {
  readonly name: string;
  readonly namespace: string;
  readonly container?: string;
  readonly tail?: number;
  readonly follow: boolean;
  readonly prefix: boolean;
}

async function copyLogs(
  context: CliContext,
  client: Client,
  { prefix, ...request }: CopyOptions,
): Promise<void> {
  const stream = await client.logs(request);
  if (prefix) return copyLines(context, stream, `[pod/${request.name}/${request.container ?? 'app'}] `);
  stream.on('data', (chunk: Uint8Array) => context.stdout.write(chunk));
  await finished(stream);
}

async function copyLines(context: CliContext, stream: NodeJS.ReadableStream, prefix: string): Promise<void> {
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: stream })) context.stdout.write(`${prefix}${line}\n`);
}
