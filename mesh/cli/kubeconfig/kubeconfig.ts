import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import { contextName, meshEntries } from '#mesh/cli/kubeconfig/kubeconfig-text.ts';
import { merge } from '#mesh/cli/kubeconfig/merge.ts';
import { userFile } from '#mesh/cli/kubeconfig/user-file.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';

export interface KubeconfigFlags {
  readonly merge?: boolean;
  readonly use?: boolean;
  readonly print?: boolean;
}

/** The file by which Kubernetes' tools reach the mesh of this folder. */
export function ownKubeconfig(stateRoot: string): string {
  return join(stateRoot, 'kubeconfig');
}

/** `mesh kubeconfig`: the path on stdout, what to do with it on stderr; or the file; or the user's own file with it. */
export async function kubeconfig({ context, options }: Invocation<KubeconfigFlags>): Promise<number> {
  const text = await readOwn(context);
  if (options.print) context.stdout.write(text);
  else if (options.merge || options.use) await mergeOwn(context, text, options.use ?? false);
  else {
    const own = ownKubeconfig(context.stateRoot);
    context.stdout.write(`${own}\n`);
    context.stderr.write(usage(own, targetOf(context)));
  }
  return 0;
}

async function readOwn({ stateRoot, connect }: CliContext): Promise<string> {
  await connect();
  const own = ownKubeconfig(stateRoot);
  return readFile(own, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(
      `error: the mesh is running, but its file ${own} is gone; \`make down\` and \`make up\` write it again`,
      { cause },
    );
  });
}

async function mergeOwn(context: CliContext, text: string, use: boolean): Promise<void> {
  const file = targetOf(context);
  const { isCurrent, former } = await merge(context, file, { entries: meshEntries(text), use });
  const stays = isCurrent
    ? `It is the current context${former === undefined ? '' : `, instead of ${former}`}.`
    : `The current context is still ${former}: write kubectl --context ${contextName} …, or add --use.`;
  context.stdout.write(`Added the context ${contextName} to ${file}. ${stays}\n\`mesh down\` removes it.\n`);
}

function targetOf({ env, cwd, stateRoot }: CliContext): string {
  return userFile(env, { cwd, own: ownKubeconfig(stateRoot) });
}

function usage(own: string, target: string): string {
  return `
kubectl, helm and every other Kubernetes tool reach the mesh with it, in any of these ways:
  export KUBECONFIG=${own}    for one shell
  mesh kubeconfig --merge    adds the context ${contextName} to ${target}, until \`mesh down\`
  mesh shell    opens a shell that has it
`;
}
