import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Environment } from '#platform/environment.ts';

/** A service that runs as a separate process, on a free port. */
export interface ServiceUnderTest {
  /** With its `/`. */
  readonly url: string;
  /** Parsed log lines so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a service's main.ts for one test and waits until it listens; ends it with the test. */
export async function startProcess(main: string, env: Environment): Promise<ServiceUnderTest> {
  const settings = { PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DELAY: '0', ...env };
  const child = spawn(process.execPath, [main], { env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const log: Record<string, unknown>[] = [];
  const listening = Promise.withResolvers<number>();
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text);
    log.push(line);
    if (line.msg === 'listening') listening.resolve(line.port);
  });
  exit.then(([code]) => listening.reject(new Error(`the service ended with ${code} before it listened`)));
  return {
    url: `http://127.0.0.1:${await listening.promise}/`,
    log,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exit;
      return code;
    },
  };
}
