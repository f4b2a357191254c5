import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

export interface WindowSize {
  width: number;
  height: number;
}

/** A command for a terminal. A path without `/` is looked up on the PATH in `env`. */
export interface TerminalCommand {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Absent while nobody looks. */
  readonly size?: WindowSize;
}

export interface TerminalProcess {
  /** Its standard input and output carry the terminal's bytes. */
  readonly child: ChildProcess;
  resize(size: WindowSize): void;
}

const script = join(import.meta.dirname, 'terminal.py');

/**
 * Runs a command on a terminal of its own, which a script in Python carries: see `terminal.py`.
 * @param options those of the script's process, with its first three streams in `stdio`
 */
export function startOnTerminal(
  { size, env, ...command }: TerminalCommand,
  { python, stdio, ...options }: SpawnOptions & { readonly python: string; readonly stdio: readonly Stdio[] },
): TerminalProcess {
  const child = spawn(python, ['-I', '-S', script], { ...options, stdio: [...stdio, 'pipe'] });
  const control = child.stdio[3] as Writable;
  control.on('error', () => {});
  const send = (line: object) => void (control.writable && control.write(`${JSON.stringify(line)}\n`));
  send({ ...command, env: { TERM: 'xterm', ...env }, size: size ?? null });
  return { child, resize: send };
}

type Stdio = 'pipe' | 'ignore' | number;
