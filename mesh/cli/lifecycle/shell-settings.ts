import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CliContext } from '#mesh/cli/context.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { isExecutable, meshProgramsFolder, onPath } from '#mesh/kubelet/binary/on-path.ts';

/** What `mesh shell` sets, as text for a shell to evaluate after the user's own files. */
export interface ShellSettings {
  /** Exported as they are. */
  readonly variables: Readonly<Record<string, string>>;
  /** Folders that come first on PATH, in this order. */
  readonly path: readonly string[];
  /** The mesh's own file. Everything that talks to a cluster must find this file, and no other. */
  readonly kubeconfig: string;
}

/** A shell's language: that of bash, zsh, dash and the standard; or fish's. */
export interface Dialect {
  variables(settings: ShellSettings): string;
  /**
   * Makes kubectl, istioctl and mesh those on `path`, and the mesh their cluster. Every prompt may run it, since it does nothing
   * if they are already.
   */
  programs(settings: ShellSettings): string;
}

/** The programs that no alias or function of the user may hide. */
export const meshPrograms = ['kubectl', 'istioctl', 'mesh'];

/** Requests to these never go through a proxy. */
export const loopback = 'localhost,127.0.0.1,::1';
const noProxy = ['no_proxy', 'NO_PROXY'] as const;

/** `value` of NO_PROXY with the loopback hosts. */
export function withLoopback(value: string | undefined): string {
  const known = (value ?? '').split(',').filter(Boolean);
  const missing = loopback.split(',').filter((host) => !known.includes(host));
  return known.includes('*') ? '*' : [...known, ...missing].join(',');
}

/** Both spellings of NO_PROXY with the loopback hosts; if only one is set, the other follows it. */
export function noProxyVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const [lower, upper] = noProxy;
  return { [lower]: withLoopback(env[lower] || env[upper]), [upper]: withLoopback(env[upper] || env[lower]) };
}

export const posix: Dialect = {
  variables: ({ variables }) =>
    [
      ...Object.entries(variables).map(([name, value]) => `export ${name}=${quotePosix(value)}`),
      `export no_proxy="\${no_proxy:-\${NO_PROXY-}}"`,
      `export NO_PROXY="\${NO_PROXY:-$no_proxy}"`,
      ...noProxy.map(
        (name) =>
          `case ,$${name}, in *,${loopback},*|*,'*',*) ;; *) ${name}="\${${name}:+$${name},}${loopback}" ;; esac`,
      ),
    ].join('\n'),
  programs: ({ path, kubeconfig }) => {
    const first = quotePosix(path.join(':'));
    return [
      ...meshPrograms.map((name) => `unalias ${name} 2>/dev/null || :; unset -f ${name} 2>/dev/null || :`),
      `case $PATH: in ${first}:*) ;; *) export PATH=${first}:"$PATH"; hash -r ;; esac`,
      `export KUBECONFIG=${quotePosix(kubeconfig)}`,
    ].join('\n');
  },
};

export const fish: Dialect = {
  variables: ({ variables }) =>
    [
      ...Object.entries(variables).map(([name, value]) => `set -gx ${name} ${quoteFish(value)}`),
      'test -n "$no_proxy"; or set -gx no_proxy $NO_PROXY',
      'test -n "$NO_PROXY"; or set -gx NO_PROXY $no_proxy',
      ...noProxy.map(
        (name) =>
          `string match -q -- '*,${loopback},*' ,$${name},; or test "$${name}" = '*'; or set -gx ${name} (string join , -- $${name} ${loopback})`,
      ),
    ].join('\n'),
  programs: ({ path, kubeconfig }) => {
    const folders = path.map(quoteFish).join(' ');
    return [
      ...meshPrograms.map((name) => `functions --erase ${name}; abbr --erase ${name} 2>/dev/null`),
      `test "$PATH[1..${path.length}]" = ${quoteFish(path.join(' '))}; or set -gx PATH ${folders} $PATH`,
      `set -gx KUBECONFIG ${quoteFish(kubeconfig)}`,
    ].join('\n');
  },
};

function quotePosix(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export interface ShellPrograms {
  /** The folder that they lie in, for PATH. */
  readonly folder: string;
  /** Whether there is a real istioctl. */
  readonly hasIstioctl: boolean;
}

/**
 * The folder with the programs of `mesh shell`: links to the real kubectl and to the user's istioctl, so that both start
 * in their own time; without an istioctl, a script that says how to get one.
 * @throws CommandFailure without a kubectl.
 */
export async function shellPrograms(context: CliContext): Promise<ShellPrograms> {
  const { env, stateRoot, stderr } = context;
  const kubectl = await context.provideKubectl(firstLine((text) => stderr.write(`${text}\n`)));
  const istioctl = userIstioctl(env);
  const folder = join(stateRoot, 'shell', meshProgramsFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  put(join(folder, 'kubectl'), (path) => symlinkSync(kubectl, path));
  put(join(folder, 'istioctl'), (path) => {
    if (istioctl) symlinkSync(istioctl, path);
    else writeScript(path, missingIstioctl);
  });
  return { folder, hasIstioctl: istioctl !== undefined };
}

/** A fetch reports each of its steps; people only need to know that it happens. */
export function firstLine(say: (text: string) => void): (text: string) => void {
  let isSaid = false;
  return (text) => {
    if (!isSaid) say(text);
    isSaid = true;
  };
}

/** The istioctl that the variable ISTIOCTL names, else the one on PATH. */
function userIstioctl(env: NodeJS.ProcessEnv): string | undefined {
  const named = env['ISTIOCTL'];
  const found = named?.includes('/') ? named : onPath(named || 'istioctl', env['PATH']);
  if (named && (found === undefined || !isExecutable(found))) {
    throw new CommandFailure(`error: ISTIOCTL=${named} is not an executable file`);
  }
  return found && resolve(found);
}

/** In one step: another shell may be open. */
function put(path: string, make: (path: string) => void): void {
  const made = `${path}.${process.pid}`;
  rmSync(made, { force: true });
  make(made);
  renameSync(made, path);
}

function writeScript(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

const missingIstioctl = `#!/bin/sh
echo 'istioctl is not installed. Put it on PATH (https://istio.io/latest/docs/setup/install/istioctl/), or run \`make download-istio\` and name the istioctl below .cache in ISTIOCTL; then open this shell again.' >&2
exit 127
`;
