import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { kubectlProgram } from '#mesh/kubelet/binary/kubectl-program.ts';
import { programBinary } from '#mesh/kubelet/binary/program-binary.ts';
import type { Component } from '#test/components/component.ts';

const path = await programBinary(kubectlProgram, { env: process.env });

/** The real kubectl that `make setup` provides: its tests are never skipped. */
export const kubectl: Component & { readonly path: string } = {
  name: 'kubectl',
  isThere: true,
  fix: kubectlProgram.fix,
  path,
};

export interface KubectlOptions {
  readonly server: string;
  /** A folder of the test's own: kubectl keeps there what it has discovered. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads, for `-f -`. */
  readonly input?: string;
}

export interface KubectlResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the real kubectl against a server without certificates. */
export function startKubectl(
  { server, home, env }: KubectlOptions,
  ...words: readonly string[]
): ChildProcess {
  const own = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: '/dev/null', ...env };
  return spawn(path, ['--server', server, ...words], { cwd: home, env: own, stdio: 'pipe' });
}

/** Runs kubectl to its end. */
export async function runKubectl(
  options: KubectlOptions,
  ...words: readonly string[]
): Promise<KubectlResult> {
  const child = startKubectl(options, ...words);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin?.on('error', () => {}); // It may end before it has read everything.
  child.stdin?.end(options.input ?? '');
  const [out, err, code] = await Promise.all([streamed(child.stdout), streamed(child.stderr), ended]);
  return { code, out, err };
}

async function streamed(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream ? text(stream) : '';
}
