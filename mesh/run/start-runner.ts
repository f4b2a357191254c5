import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { OutboundPolicy } from '#mesh/model/mesh.ts';
import { envoyBinary } from '#mesh/run/binary/envoy-binary.ts';
import { type Client, createClient } from '#mesh/run/client.ts';
import { compileCache, nodeExecutable } from '#mesh/run/process/node-executable.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { prepareStateDirectory, stateDirectory } from '#mesh/run/state/state-directory.ts';

const daemon = fileURLToPath(new URL('daemon.ts', import.meta.url));
const shownLines = 20;

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly live: boolean;
  readonly outboundPolicy: OutboundPolicy;
  /** Where spans go: a URL, `embedded` or `none`; absent: ZIPKIN_URL, what is found, else the embedded collector. */
  readonly tracesTo?: string;
  readonly seed?: number;
  /** The runner ends when this process does. */
  readonly foreground: boolean;
  /** Told what takes time before the runner answers. */
  readonly progress?: (text: string) => void;
}

export interface StartedRunner {
  readonly client: Client;
  readonly pid: number;
  /** Resolves when the runner's process has ended, with the last lines that it wrote. */
  readonly ended: Promise<string>;
}

/** The runner ended before it answered; the message holds what it wrote. */
export class RunnerFailedError extends Error {
  override readonly name = 'RunnerFailedError';
}

/**
 * Starts a runner in a session of its own, so that it outlives this process and its terminal. Resolves when its socket
 * answers.
 * @throws RunnerFailedError, ProgramUnavailableError
 */
export async function startRunner(options: StartOptions): Promise<StartedRunner> {
  const { env, cwd, progress } = options;
  const state = stateDirectory(env, cwd);
  const envoy = await envoyBinary({ env, ...(progress && { progress }) });
  prepareStateDirectory(state);
  const child = launch({ ...runnerOptions(options), envoy }, { log: state.log, env, cwd });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(lastLines(state.log))));
  const said = await text(child.stdio[3] as Readable);
  if (said !== 'ready') {
    throw new RunnerFailedError(said || (await ended));
  }
  child.unref();
  return { client: createClient(state.socket), pid: child.pid ?? 0, ended };
}

function runnerOptions({
  cwd,
  live,
  outboundPolicy,
  seed,
  tracesTo,
  foreground,
}: StartOptions): Omit<RunnerOptions, 'envoy'> {
  return {
    ...{ cwd, live, outboundPolicy, attached: foreground },
    ...(tracesTo !== undefined && { tracesTo }),
    ...(seed === undefined ? {} : { seed }),
  };
}

interface LaunchOptions {
  readonly log: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Descriptor 3 is where the runner says that it is ready, or why it cannot be. */
function launch(options: RunnerOptions, { log, env, cwd }: LaunchOptions): ChildProcess {
  const output = openSync(log, 'w', 0o600);
  const input = options.attached ? 'pipe' : 'ignore';
  const child = spawn(nodeExecutable, [daemon, JSON.stringify(options)], {
    cwd,
    env: { NODE_COMPILE_CACHE: compileCache, ...env },
    detached: true,
    stdio: [input, output, output, 'pipe'],
  });
  closeSync(output);
  return child;
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-shownLines).join('\n');
}
