import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { OutboundPolicy } from '#mesh/istiod/model/mesh.ts';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';
import { endGroup } from '#mesh/kubelet/process/alive.ts';
import { MARKER, meshProcesses } from '#mesh/kubelet/process/mesh-processes.ts';
import { compileCache, nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import {
  clearState,
  prepareStateDirectory,
  runnerOf,
  type StateDirectory,
  stateDirectory,
} from '#mesh/kubelet/state/state-directory.ts';
import { type Client, createClient } from '#mesh/run/client.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';

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
  /** See RunnerOptions. */
  readonly images?: string;
  readonly noStandIns?: boolean;
  readonly containers?: 'docker' | 'podman' | 'any';
  /** The runner ends when this process does. */
  readonly foreground: boolean;
  /** Told what takes time before the runner answers. */
  readonly progress?: (text: string) => void;
  /** Ends what has been started; then the start rejects with the signal's reason, and nothing is left of it. */
  readonly signal?: AbortSignal;
}

export interface StartedRunner {
  readonly client: Client;
  readonly pid: number;
  /** Resolves when the runner's process has ended, with the last lines that it wrote. */
  readonly ended: Promise<string>;
  /** Ends the mesh; resolves when nothing of it is left, however the runner takes it. */
  stop(): Promise<void>;
}

/** The runner ended before it answered; the message holds what it wrote. */
export class RunnerFailedError extends Error {
  override readonly name = 'RunnerFailedError';
}

/**
 * Starts a runner in a separate session, so that it outlives this process and its terminal. Resolves when its socket
 * answers.
 * @throws RunnerFailedError, ProgramUnavailableError
 */
export async function startRunner(options: StartOptions): Promise<StartedRunner> {
  const { env, cwd, progress, signal } = options;
  const state = stateDirectory(env, cwd);
  const envoy = await envoyBinary({ env, ...(progress && { progress }), ...(signal && { signal }) });
  signal?.throwIfAborted();
  prepareStateDirectory(state);
  noteLeftovers(state, progress);
  const child = launch({ ...runnerOptions(options), envoy }, { state, env, cwd });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(lastLines(state.log))));
  const end = () => void endGroup(child.pid ?? 0);
  signal?.addEventListener('abort', end);
  const said = await text(child.stdio[3] as Readable);
  signal?.removeEventListener('abort', end);
  if (signal?.aborted) {
    await endGroup(child.pid ?? 0);
    // The folder may be another runner's, as this one was about to find out.
    if (runnerOf(state) === undefined) {
      clearState(state, { claim: true });
    }
    throw signal.reason;
  }
  if (said !== 'ready') {
    throw new RunnerFailedError(said || (await ended));
  }
  child.unref();
  const client = createClient(state.socket);
  const stop = async () => {
    child.ref();
    await client.shutdown().then(
      () => ended,
      () => endGroup(child.pid ?? 0),
    );
  };
  return { client, pid: child.pid ?? 0, ended, stop };
}

/** The new runner ends them; that takes a moment. */
function noteLeftovers(state: StateDirectory, progress: StartOptions['progress']): void {
  const left = meshProcesses(state.root).length;
  if (left > 1 && runnerOf(state) === undefined) {
    progress?.(`Ending ${left} processes that an earlier mesh of this folder left behind …`);
  }
}

function runnerOptions({
  cwd,
  live,
  outboundPolicy,
  seed,
  tracesTo,
  images,
  noStandIns,
  containers,
  foreground,
}: StartOptions): Omit<RunnerOptions, 'envoy'> {
  return {
    ...{ cwd, live, outboundPolicy, attached: foreground },
    ...(tracesTo !== undefined && { tracesTo }),
    ...(seed === undefined ? {} : { seed }),
    ...(images !== undefined && { images }),
    ...(noStandIns && { noStandIns }),
    ...(containers && { containers }),
  };
}

interface LaunchOptions {
  readonly state: StateDirectory;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Descriptor 3 is where the runner says that it is ready, or why it cannot be. */
function launch(options: RunnerOptions, { state, env, cwd }: LaunchOptions): ChildProcess {
  // Appending, so that the file can be cut short while the runner writes. The text of a running one stays.
  const begin = runnerOf(state) === undefined ? constants.O_TRUNC : 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | begin;
  const output = openSync(state.log, flags, 0o600);
  const input = options.attached ? 'pipe' : 'ignore';
  // A small young generation: without it the garbage of many changes takes 50 MB more than the mesh needs.
  const child = spawn(nodeExecutable, ['--max-semi-space-size=4', daemon, JSON.stringify(options)], {
    cwd,
    env: { NODE_COMPILE_CACHE: compileCache, ...env, [MARKER]: state.root },
    detached: true,
    stdio: [input, output, output, 'pipe'],
  });
  closeSync(output);
  return child;
}

/** The log may be gone, with its folder. */
function lastLines(log: string): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-shownLines).join('\n');
  } catch (error) {
    return `(its log cannot be read: ${(error as Error).message})`;
  }
}
