import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import { ownKubeconfig } from '#mesh/cli/kubeconfig/kubeconfig.ts';
import {
  type Dialect,
  fish,
  meshPrograms,
  noProxyVariables,
  posix,
  type ShellPrograms,
  type ShellSettings,
  shellPrograms,
} from '#mesh/cli/lifecycle/shell-settings.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview } from '#mesh/run/api.ts';

export interface ShellFlags {
  readonly c?: string;
  readonly env?: boolean;
}

/** `mesh shell`: a shell in which kubectl, istioctl, GATEWAY_URL and TRACES_URL mean the laptop mesh; resolves with its exit code. */
export async function shell({ context, options }: Invocation<ShellFlags>): Promise<number> {
  const client = await context.connect();
  const overview = await client.overview();
  const programs = await shellPrograms(context);
  const settings = shellSettings(context, overview, programs);
  if (options.env) {
    context.stdout.write(`${posix.variables(settings)}\n${posix.programs(settings)}\n`);
    return 0;
  }
  const env = shellEnvironment(context.env, settings);
  if (options.c !== undefined) {
    return context.runProgram({ command: 'sh', args: ['-c', options.c], env, interactive: true });
  }
  const who = programs.hasIstioctl ? 'kubectl and istioctl talk' : 'kubectl talks';
  const banner = `${who} to the laptop mesh here; the gateway is ${overview.gatewayUrl ? `http://${settings.variables['GATEWAY_URL']}/` : 'closed'}. Leave with exit.`;
  const { command, args, variables } = prepareShell({ context, settings, banner });
  return context.runProgram({ command, args, env: { ...env, ...variables }, interactive: true });
}

function shellSettings(
  { stateRoot }: CliContext,
  { gatewayUrl, traces, urls }: Overview,
  { folder }: ShellPrograms,
): ShellSettings {
  return {
    path: [folder, join(projectRoot, 'bin')],
    kubeconfig: ownKubeconfig(stateRoot),
    variables: {
      ...gatewayVariables(gatewayUrl),
      ...furtherPorts(urls),
      ...(traces && { TRACES_URL: traces.page.url }),
      // So that mesh finds this mesh from any folder.
      MESH_HOME: stateRoot,
    },
  };
}

/** The shell's environment. Functions that bash exports would hide programs on PATH. */
function shellEnvironment(
  env: NodeJS.ProcessEnv,
  { path, kubeconfig, variables }: ShellSettings,
): NodeJS.ProcessEnv {
  const functions = meshPrograms.map((name) => `BASH_FUNC_${name}%%`);
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !functions.includes(name))),
    ...noProxyVariables(env),
    ...variables,
    KUBECONFIG: kubeconfig,
    PATH: [...path, env['PATH']].filter(Boolean).join(':'),
  };
}

/** As in Istio's own documents: GATEWAY_URL is host:port. */
function gatewayVariables(gatewayUrl: string | undefined): Record<string, string> {
  if (!gatewayUrl) return {};
  const { host, hostname, port } = new URL(gatewayUrl);
  return { GATEWAY_URL: host, INGRESS_HOST: hostname, INGRESS_PORT: port || '80' };
}

/** The variables that Istio's documents have for further ports of the gateway. */
const portVariables: Readonly<Record<number, string>> = {
  443: 'SECURE_INGRESS_PORT',
  31400: 'TCP_INGRESS_PORT',
};

function furtherPorts(urls: Overview['urls']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(portVariables).flatMap(([declared, variable]) => {
      const found = urls.find(({ name }) => name === `gateway port ${declared}`);
      return found ? [[variable, new URL(found.url).port]] : [];
    }),
  );
}

/** The files that a shell reads in `mesh shell`. */
const files = join(projectRoot, 'bin/shell');

interface PreparedShell {
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: NodeJS.ProcessEnv;
}

interface PrepareOptions {
  readonly context: CliContext;
  readonly settings: ShellSettings;
  /** What the shell says once it knows that kubectl reaches the mesh. */
  readonly banner: string;
}

interface Kind {
  readonly dialect: Dialect;
  start(context: CliContext): Omit<PreparedShell, 'command'>;
}

/** Shells whose own files cannot win over the mesh's, by program name. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  [
    'bash',
    { dialect: posix, start: () => ({ args: ['--rcfile', join(files, 'bashrc'), '-i'], variables: {} }) },
  ],
  ['zsh', { dialect: posix, start: startZsh }],
  [
    'fish',
    {
      dialect: fish,
      start: () => ({ args: ['--init-command', 'source $MESH_SHELL/mesh.fish'], variables: {} }),
    },
  ],
  ['sh', { dialect: posix, start: startSh }],
  ['dash', { dialect: posix, start: startSh }],
]);

/**
 * How to start the user's shell so that it reads the user's files first and the mesh's last. The shell checks whether
 * that worked, and then shows the banner, or refuses and ends.
 * @throws CommandFailure for any other shell.
 */
function prepareShell({ context, settings, banner }: PrepareOptions): PreparedShell {
  const command = context.env['SHELL'] || 'sh';
  const kind = kinds.get(basename(command));
  if (!kind) throw new CommandFailure(unknownShell(command));
  const { args, variables } = kind.start(context);
  return {
    command,
    args,
    variables: {
      MESH_SHELL: files,
      MESH_SHELL_VARIABLES: kind.dialect.variables(settings),
      MESH_SHELL_PROGRAMS: kind.dialect.programs(settings),
      MESH_SHELL_KUBECTL: join(settings.path[0] ?? '', 'kubectl'),
      MESH_SHELL_BANNER: banner,
      MESH_SHELL_REFUSAL: refusal(command),
      ...variables,
    },
  };
}

/** A copy, because on some systems the start-up files write beside the files that zsh reads. */
function startZsh({ env, stateRoot }: CliContext): Omit<PreparedShell, 'command'> {
  const directory = join(stateRoot, 'shell', 'zsh');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const file of ['.zshenv', '.zshrc']) copyFileSync(join(files, 'zsh', file), join(directory, file));
  const users = env['ZDOTDIR'];
  return { args: ['-i'], variables: { ZDOTDIR: directory, ...(users && { MESH_SHELL_ZDOTDIR: users }) } };
}

function startSh({ env }: CliContext): Omit<PreparedShell, 'command'> {
  const users = env['ENV'];
  return { args: ['-i'], variables: { ENV: join(files, 'shrc'), ...(users && { MESH_SHELL_ENV: users }) } };
}

const ways =
  'write `SHELL=bash make shell`, or type `eval "$(bin/mesh shell --env)"` in your own bash, zsh or sh';

function unknownShell(command: string): string {
  const known = [...kinds.keys()].join(', ');
  return `error: your shell is ${command}, and mesh shell knows only ${known}: in any other, kubectl could reach a real cluster; ${ways}`;
}

function refusal(command: string): string {
  return `error: the start-up files of ${command} keep kubectl from reaching the laptop mesh, so this shell ends here; ${ways}`;
}
