import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CliContext } from '#mesh/cli/context.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';

/** One call of kubectl. */
export interface KubectlCall {
  readonly args: readonly string[];
  /** Its standard input. */
  readonly input?: string;
}

/** A real kubectl that talks to the running mesh. */
export interface Kubectl {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  /** Resolves with what it prints. @throws CommandFailure with its complaint. */
  run(call: KubectlCall): Promise<string>;
}

/** The kubectl of the mesh's own kubeconfig. */
export async function meshKubectl(context: CliContext): Promise<Kubectl> {
  const command = await context.provideKubectl((note) => context.stderr.write(`${note}\n`));
  return kubectlAt(command, { ...context.env, KUBECONFIG: join(context.stateRoot, 'kubeconfig') });
}

export function kubectlAt(command: string, env: NodeJS.ProcessEnv): Kubectl {
  return { command, env, run: (call) => run(command, env, call) };
}

async function run(command: string, env: NodeJS.ProcessEnv, { args, input }: KubectlCall): Promise<string> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // A kubectl that ends at once does not read its input; its exit code says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code === 0) return stdout;
  throw new CommandFailure(`error: kubectl ${args.join(' ')}: ${stderr.trim()}`);
}
