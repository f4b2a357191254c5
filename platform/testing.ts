import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { PlatformConfig } from '#platform/config.ts';
import type { Environment } from '#platform/environment.ts';
import { runService, type Service } from '#platform/service.ts';

/** A service that runs inside a test, on a free port. */
export interface RunningService {
  /** Without a path: `http://127.0.0.1:41233`. */
  readonly origin: string;
  /** The same as an upstream's URL, with its `/`. */
  readonly url: string;
  /** Parsed log lines so far. */
  log(): Record<string, unknown>[];
  stop(): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

/** Starts a service for one test, and ends it with the test. */
export async function startService<C extends PlatformConfig>(
  service: Service<C>,
  env: Environment,
): Promise<RunningService> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const listening = Promise.withResolvers<number>();
  let lines = '';
  stdout.on('data', (chunk) => {
    lines += chunk;
  });
  stderr.on('data', (chunk) => listening.reject(new Error(String(chunk))));
  const settings = { PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DELAY: '0', ...env };
  const ended = runService(service, {
    env: settings,
    stdout,
    stderr,
    stop: stop.signal,
    listening: listening.resolve,
  });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const origin = `http://127.0.0.1:${await listening.promise}`;
  return {
    origin,
    url: `${origin}/`,
    log: () =>
      lines
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    stop: () => stop.abort(),
    ended,
  };
}
