import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type Component, missing, program } from '#test/components/component.ts';

const path = program('kubectl', 'KUBECTL');

export const kubectlProgram: Component = {
  name: 'kubectl',
  isThere: path !== undefined,
  fix: 'install it, or name the program in KUBECTL',
};

/** What kubectl is run with: the ways it may carry streams are chosen by variables. */
export function kubectlCommand(url: string, { websockets }: { websockets: boolean }) {
  if (path === undefined) throw missing(kubectlProgram);
  const { PATH = '' } = process.env;
  return {
    program: path,
    arguments: ['--server', url, '--insecure-skip-tls-verify', '--token', 'any'],
    env: {
      PATH,
      HOME: '/nonexistent',
      KUBECONFIG: '/dev/null',
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: `${websockets}`,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: `${websockets}`,
    },
  };
}

export interface KubectlOptions {
  url: string;
  websockets: boolean;
  stdin?: Readable;
}

/** Runs kubectl to its end. */
export async function kubectl(options: KubectlOptions, ...words: string[]) {
  const { child } = startKubectl(options, ...words);
  const [out, err, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number, out, err };
}

export function startKubectl({ url, websockets, stdin }: KubectlOptions, ...words: string[]) {
  const command = kubectlCommand(url, { websockets });
  const child = spawn(command.program, [...command.arguments, ...words], { env: command.env });
  child.stdin.on('error', () => {});
  if (stdin === undefined) child.stdin.end();
  else stdin.pipe(child.stdin);
  return { child };
}
