import { join } from 'node:path';
import type { CliContext } from '#mesh/cli/context.ts';
import { projectRoot } from '#mesh/cli/project-root.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { Overview } from '#mesh/run/api.ts';

export interface ShellFlags {
  readonly c?: string;
}

/** `mesh shell`: a shell in which kubectl, istioctl, GATEWAY_URL and TRACES_URL mean the laptop mesh; resolves with its exit code. */
export async function shell({ context, options }: Invocation<ShellFlags>): Promise<number> {
  const client = await context.connect();
  const env = shellEnvironment(context, await client.overview());
  if (options.c !== undefined) {
    return context.runProgram({ command: 'sh', args: ['-c', options.c], env, interactive: true });
  }
  context.stdout.write(
    `kubectl and istioctl talk to the laptop mesh here; the gateway is http://${env['GATEWAY_URL'] ?? '(closed)'}/. Leave with exit.\n`,
  );
  return context.runProgram({ command: context.env['SHELL'] || 'sh', args: [], env, interactive: true });
}

function shellEnvironment(
  { env, stateRoot }: CliContext,
  { gatewayUrl, traces, urls }: Overview,
): NodeJS.ProcessEnv {
  return {
    ...env,
    PATH: [join(projectRoot, 'bin/shims'), join(projectRoot, 'bin'), env['PATH']].filter(Boolean).join(':'),
    ...gatewayVariables(gatewayUrl),
    ...furtherPorts(urls),
    ...(traces && { TRACES_URL: traces.page.url }),
    // So that kubectl finds this mesh from any folder.
    MESH_HOME: stateRoot,
    PS1: `(mesh) ${env['PS1'] ?? '$ '}`,
  };
}

/** As in Istio's own documents: GATEWAY_URL is host:port. */
function gatewayVariables(gatewayUrl: string | undefined): NodeJS.ProcessEnv {
  if (!gatewayUrl) return {};
  const { host, hostname, port } = new URL(gatewayUrl);
  return { GATEWAY_URL: host, INGRESS_HOST: hostname, INGRESS_PORT: port || '80' };
}

/** The variables that Istio's documents have for further ports of the gateway. */
const portVariables: Readonly<Record<number, string>> = {
  443: 'SECURE_INGRESS_PORT',
  31400: 'TCP_INGRESS_PORT',
};

function furtherPorts(urls: Overview['urls']): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(portVariables).flatMap(([declared, variable]) => {
      const found = urls.find(({ name }) => name === `gateway port ${declared}`);
      return found ? [[variable, new URL(found.url).port]] : [];
    }),
  );
}
