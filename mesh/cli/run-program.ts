import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import type { ProgramCall } from '#mesh/cli/context.ts';

const notFoundCode = 127;

/** Runs a program on this process' own streams and resolves with its exit code, 128 + n after signal n. */
export function runProgram({ command, args, env, cwd, interactive }: ProgramCall): Promise<number> {
  // Ctrl-C reaches the child from the terminal; this process waits for what the child makes of it.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise<number>((resolve) => {
    const child = spawn(command, args, {
      env,
      ...(cwd ? { cwd } : {}),
      stdio: [interactive ? 'inherit' : 'ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      process.stderr.write(missing ? `${command}: not found\n` : `${command}: ${error.message}\n`);
      resolve(notFoundCode);
    });
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  }).finally(() => process.off('SIGINT', ignore));
}
