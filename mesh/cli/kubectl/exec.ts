import { join } from 'node:path';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { targetPods } from '#mesh/cli/kubectl/target-pod.ts';
import { projectRoot } from '#mesh/cli/project-root.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { ExecTarget } from '#mesh/run/api.ts';

export interface ExecFlags extends NamespaceFlags {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/**
 * `kubectl exec`: runs a command on this machine as the pod would, with its environment, so that its HTTP goes
 * through the pod's sidecar. Resolves with the command's exit code.
 */
export async function exec({ context, operands, options, argv }: Invocation<ExecFlags>): Promise<number> {
  const [word, command, ...args] = operands;
  if (!word) throw new CommandFailure('error: pod or type/name must be specified');
  if (!argv.includes('--')) {
    throw new CommandFailure(
      'error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    );
  }
  if (!command) throw new CommandFailure('error: you must specify at least one command for the container');
  const client = await context.connect();
  const [pod] = await targetPods(client, { word, namespace: namespaceOf(options) });
  const { name, namespace = 'default' } = pod.metadata;
  const target = await client.execTarget({ name, namespace });
  const exitCode = await context.runProgram({
    command,
    args,
    env: containerEnvironment(target, { pod: name, container: options.container, path: context.env['PATH'] }),
    cwd: target.cwd,
    interactive: options.stdin ?? false,
  });
  if (exitCode !== 0) context.stderr.write(`command terminated with exit code ${exitCode}\n`);
  return exitCode;
}

/** The container of a pod's Envoy. */
const PROXY = 'istio-proxy';

interface Container {
  readonly pod: string;
  readonly container: string | undefined;
  readonly path: string | undefined;
}

function containerEnvironment(target: ExecTarget, { pod, container, path }: Container): NodeJS.ProcessEnv {
  const searched = target.env['PATH'] ?? path ?? '';
  // A gateway's pod is all proxy.
  const chosen = container ?? target.containers[0];
  if (chosen !== PROXY && chosen === target.containers[0]) return { ...target.env, PATH: searched };
  if (!chosen || !target.containers.includes(chosen)) {
    throw new CommandFailure(
      `Error from server (BadRequest): container ${chosen} is not valid for pod ${pod}; it has ${target.containers.join(', ')}`,
    );
  }
  return {
    ...proxyEnvironment(target, pod),
    PATH: `${join(projectRoot, 'bin/istio-proxy')}:${path ?? searched}`,
  };
}

/**
 * In `istio-proxy`, `pilot-agent request` and `curl localhost:15000` are shims (bin/istio-proxy) that ask the pod's
 * own Envoy, whose admin interface has a port of its own on a laptop.
 */
function proxyEnvironment({ env, adminPort }: ExecTarget, pod: string): NodeJS.ProcessEnv {
  if (adminPort === undefined) throw new CommandFailure(`error: pod ${pod} has no sidecar`);
  const proxyVariable = /^(https?_proxy|no_proxy|all_proxy)$/i;
  const ownEnvironment = Object.entries(env).filter(([name]) => !proxyVariable.test(name));
  return { ...Object.fromEntries(ownEnvironment), ENVOY_ADMIN_PORT: String(adminPort) };
}
