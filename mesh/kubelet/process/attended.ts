import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { marker } from '#mesh/kubelet/process/mesh-processes.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';
import type { ProgramInput, ProgramRun } from '#mesh/kubelet/process/supervised.ts';
import { startOnTerminal, type WindowSize } from '#mesh/kubelet/terminal.ts';

/** What a container says of its standard input: `stdinOnce` and `tty` of Kubernetes' core/v1 Container. */
export interface Attended {
  /** The input ends when the first client has detached. */
  readonly once: boolean;
  readonly tty: boolean;
}

/** Starts a program whose standard input a client may attach to; what it writes goes into the log. */
export function startAttended(command: Command, attended: Attended, log: LogFile): ProgramRun {
  return attended.tty ? onTerminal(command, attended, log) : onPipe(command, attended, log);
}

function onPipe({ command, args, env, cwd }: Command, { once }: Attended, log: LogFile): ProgramRun {
  const output = log.descriptor;
  const child = spawn(command, [...args], {
    cwd,
    env: { ...env, ...marker() },
    stdio: ['pipe', output, output],
  });
  return withInput(child, { stdin: child.stdin as Writable, once, resize: () => {} });
}

function onTerminal({ command, args, env, cwd }: Command, { once }: Attended, log: LogFile): ProgramRun {
  const output = log.descriptor;
  const { child, resize } = startOnTerminal(
    { path: command, argv: [command, ...args], cwd, env: { ...env, ...marker() } },
    {
      python: 'python3',
      env: { PATH: process.env['PATH'] ?? '', ...marker() },
      stdio: ['pipe', output, output],
    },
  );
  return withInput(child, { stdin: child.stdin as Writable, once, resize });
}

function withInput<T extends ProgramRun>(run: T, input: ProgramInput): T & { readonly input: ProgramInput } {
  // A program that has closed its input, or ended, is not told any more.
  input.stdin.on('error', () => {});
  return Object.assign(run, { input });
}

/** Hands a client's input and the size of its terminal to the program, until the client is gone. */
export function attachInput(
  { stdin, once, resize }: ProgramInput,
  client: { readonly stdin: NodeJS.ReadableStream; readonly sizes: AsyncIterable<WindowSize> },
): () => void {
  client.stdin.pipe(stdin, { end: once });
  const follow = async () => {
    for await (const size of client.sizes) resize(size);
  };
  follow().catch(() => {});
  return () => {
    client.stdin.unpipe(stdin);
    if (once) stdin.end();
  };
}
