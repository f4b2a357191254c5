import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that a benchmark has started. */
export interface Program {
  readonly pid: number;
  /** Resolves once the process has ended. */
  stop(): Promise<void>;
  /** Resolves when the URL answers 200; rejects when the process ends before. */
  answers(url: string): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Gets both outputs: a file, as a service's log is one. */
  readonly log: string;
}

const POLL = 5;
const PATIENCE = 30_000;

/** Starts a process that a benchmark owns. */
export function startProgram({ command, args, env = {}, log }: ProgramOptions): Program {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = once(child, 'exit');
  // An `error` (no such program) rejects `ended`; whoever waits for an answer is told.
  ended.catch(() => {});
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    async stop() {
      if (running()) child.kill('SIGTERM');
      await ended;
    },
    async answers(url) {
      const deadline = performance.now() + PATIENCE;
      while (!(await answers(url))) {
        if (running() && performance.now() < deadline) await sleep(POLL);
        else
          throw new Error(
            `${command} ${args.join(' ')} does not answer at ${url}:\n${readFileSync(log, 'utf8')}`,
          );
      }
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
