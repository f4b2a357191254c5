import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { constants } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
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

interface SendLineOptions {
  readonly port: number;
  readonly line: string;
  /** Milliseconds until the answer must be there. */
  readonly timeout: number;
}

/** Sends a line to a server on this machine, and resolves with the first line of its answer. */
export async function sendLine({ port, line, timeout }: SendLineOptions): Promise<string> {
  const signal = AbortSignal.timeout(timeout);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal });
    const lines = createInterface({ input: socket });
    const answered = once(lines, 'line', { signal });
    const closed = once(socket, 'close', { signal }).then(() => {
      throw new Error('the connection was closed');
    });
    socket.write(`${line}\n`);
    const [answer] = (await Promise.race([answered, closed])) as [string];
    closed.catch(() => undefined);
    return answer;
  } finally {
    socket.destroy();
  }
}
