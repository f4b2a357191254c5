import type { Server } from 'node:http';
import process from 'node:process';
import { rotateLogs } from '#mesh/run/apply/rotate-logs.ts';
import { bringUp, type RunningMesh } from '#mesh/run/bring-up.ts';
import { controlRoutes } from '#mesh/run/control/handlers.ts';
import { createControlServer } from '#mesh/run/control/route-table.ts';
import { startGuardian } from '#mesh/run/process/guardian.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { claimFile } from '#mesh/run/state/claim-file.ts';
import {
  clearState,
  prepareStateDirectory,
  readPid,
  type StateDirectory,
  stateDirectory,
} from '#mesh/run/state/state-directory.ts';

/** How long those who follow logs or events may take to notice the end. */
const farewell = 300;
const renewalCheck = 10 * 60 * 1000;
const rotationCheck = 10 * 1000;

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
    throw new AlreadyRunningError(`a mesh is running already, with process ${readPid(state)}`);
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
    clearInterval(rotation);
    try {
      await running.stop();
    } catch (error) {
      // Whatever is left, the guardian ends when this process does.
      running.log(String((error as Error).stack));
    }
    guardian();
    close(server, ended.resolve);
    running.releasePorts();
    // Last, so that the next runner finds nothing of this one.
    clearState(state, { claim: true });
  });
  const server = createControlServer(controlRoutes({ ...running, shutdown: stop }), (error) =>
    running.log(String((error as Error).stack)),
  );
  const renewal = setInterval(() => void renew(running), renewalCheck);
  const rotation = setInterval(() => rotateLogs(running.mesh), rotationCheck);
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

async function renew({ mesh, log }: RunningMesh): Promise<void> {
  await mesh.renewCertificates().catch((error: unknown) => log(`certificates: ${(error as Error).stack}`));
}
