import type { Server } from 'node:http';
import process from 'node:process';
import { boundLogs } from '#mesh/kubelet/bound-logs.ts';
import { startGuardian } from '#mesh/kubelet/process/guardian.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { endMeshProcesses } from '#mesh/kubelet/process/mesh-processes.ts';
import { claimFile } from '#mesh/kubelet/state/claim-file.ts';
import {
  clearState,
  prepareStateDirectory,
  runnerOf,
  type StateDirectory,
  stateDirectory,
} from '#mesh/kubelet/state/state-directory.ts';
import { bringUp, type RunningMesh } from '#mesh/run/bring-up.ts';
import { controlRoutes } from '#mesh/run/control/handlers.ts';
import { createControlServer } from '#mesh/run/control/route-table.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';

/** How long those who follow logs or events may take to notice the end. */
const farewell = 300;
/** Timers stand still while the laptop sleeps: this long after it wakes, no certificate is an old one. */
const renewalCheck = 3_000;
const logCheck = 1_000;

/** A mesh that runs in this process. */
export interface Runner {
  /** Ends every process of the mesh. */
  stop(): Promise<void>;
  /** Resolves when it has stopped, by whatever way, and everybody has been told. */
  readonly ended: Promise<void>;
}

/** Another runner has this state directory. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
}

/**
 * Brings up an empty mesh: the gateway's Envoy, the stand-ins and the control socket.
 * @throws AlreadyRunningError, GatewayPortError, ImageTableError
 */
export async function startRunner(options: RunnerOptions, env: NodeJS.ProcessEnv): Promise<Runner> {
  const state = stateDirectory(env, options.cwd);
  prepareStateDirectory(state);
  if (!claimFile(state.pidFile)) {
    throw new AlreadyRunningError(
      `a mesh is already running, with process ${runnerOf(state)}: it may be starting or ending; end it with \`make down\``,
    );
  }
  // Leftovers of an earlier runner hold ports, and would write into the folder.
  const ended = await endMeshProcesses(state.root, { waitForStarting: true });
  if (ended > 0) {
    process.stderr.write(`ended ${ended} processes that an earlier mesh of this folder had left behind\n`);
  }
  clearState(state);
  const guardian = startGuardian(process.pid);
  const running = await bringUp({ state, options, env });
  return serve({ state, running, guardian: guardian.dismiss, attached: options.attached });
}

interface ServeOptions {
  readonly state: StateDirectory;
  readonly running: RunningMesh;
  readonly guardian: () => void;
  readonly attached: boolean;
}

async function serve({ state, running, guardian, attached }: ServeOptions): Promise<Runner> {
  const ended = Promise.withResolvers<void>();
  const stop = once(async () => {
    clearInterval(renewal);
    clearInterval(logs);
    try {
      await running.stop();
    } catch (error) {
      // Whatever is left, the guardian ends when this process does.
      running.log(String((error as Error).stack));
    }
    guardian();
    close(server, ended.resolve);
    running.releasePorts();
    // Last, so that the next runner finds nothing of this one. When the folder was removed, it may be the next one's.
    if (runnerOf(state) === process.pid) {
      clearState(state, { claim: true });
    }
  });
  const server = createControlServer(controlRoutes({ ...running, shutdown: stop }), (error) =>
    running.log(String((error as Error).stack)),
  );
  const renewal = setInterval(() => void renew(running), renewalCheck);
  const own = new LogFile(state.log);
  const logs = setInterval(() => keepLogs({ state, running, own }), logCheck);
  await listen(server, state.socket);
  if (attached) {
    process.stdin.resume().once('end', () => void stop());
  }
  return { stop, ended: ended.promise };
}

function once(task: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= task();
    return result;
  };
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}

function close(server: Server, onClosed: () => void): void {
  server.close(onClosed);
  setTimeout(() => server.closeAllConnections(), farewell);
}

interface KeepLogs {
  readonly state: StateDirectory;
  readonly running: RunningMesh;
  /** The runner's own. */
  readonly own: LogFile;
}

function keepLogs({ state, running: { mesh, logs, log }, own }: KeepLogs): void {
  const proxies = mesh.dataPlane.proxies.map(({ process: { name, program } }) => ({
    name,
    log: program.log,
  }));
  const programs = mesh.pods.flatMap(({ containers }) => containers.map(({ program }) => program.log));
  const live = [own, ...logs, ...proxies.map((proxy) => proxy.log), ...programs];
  const inUse = new Set([...mesh.pods.map(({ key }) => key), ...proxies.map(({ name }) => name)]);
  try {
    boundLogs({ live, pods: state.pods, inUse });
  } catch (error) {
    // The folder was removed, or cannot be written to; the mesh goes on.
    log(`logs: ${(error as Error).message}`);
  }
}

async function renew({ mesh, log }: RunningMesh): Promise<void> {
  await mesh.renewCertificates().catch((error: unknown) => log(`certificates: ${(error as Error).stack}`));
}
