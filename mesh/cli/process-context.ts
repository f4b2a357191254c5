import process from 'node:process';
import { type CliContext, interrupted } from '#mesh/cli/context.ts';
import { sendLine } from '#mesh/cli/run-program.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { projectRoot } from '#mesh/project-root.ts';

const firstAnswerTimeout = 15_000;
const solvable = new Set(['RunnerFailedError', 'ProgramUnavailableError', 'UnsafeDirectoryError']);

/** This process' streams, environment and machine. What only some commands need is imported on demand. */
export function processContext(): CliContext {
  const { env } = process;
  // The project's mesh, whatever the current folder, unless MESH_HOME names another.
  const base = env['MESH_HOME'] ? process.cwd() : projectRoot;
  const findRunner = async () => {
    const { connect } = await import('#mesh/run/client.ts');
    return connect(stateDirectory(env, base));
  };
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    cwd: process.cwd(),
    stateRoot: stateDirectory(env, base).root,
    now: Date.now,
    findRunner,
    connect: async () => {
      const client = await findRunner();
      if (client) return client;
      throw new CommandFailure('error: no mesh is running here; start it with `make up`');
    },
    endLeftovers: async () => {
      const { endMeshProcesses } = await import('#mesh/kubelet/process/mesh-processes.ts');
      return endMeshProcesses(stateDirectory(env, base).root);
    },
    startRunner: async ({ home, ...options }) => {
      const { startRunner } = await import('#mesh/run/start-runner.ts');
      const own = home === undefined ? env : { ...env, MESH_HOME: home };
      return startRunner({ ...options, env: own, cwd: base }).catch(explainStart);
    },
    provideKubectl: async (progress, signal) => {
      const [{ kubectlProgram }, { programBinary }] = await Promise.all([
        import('#mesh/kubelet/binary/kubectl-program.ts'),
        import('#mesh/kubelet/binary/program-binary.ts'),
      ]);
      return programBinary(kubectlProgram, { env, progress, ...(signal && { signal }) }).catch(explainStart);
    },
    runProgram: async (call) => (await import('#mesh/cli/run-program.ts')).runProgram(call),
    portHolder: async (port) => (await import('#mesh/cli/lifecycle/port-holder.ts')).portHolder(port),
    fetchText: async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(firstAnswerTimeout) });
      return { status: response.status, text: await response.text() };
    },
    sendLine: (port, line) => sendLine({ port, line, timeout: firstAnswerTimeout }),
    interrupted,
  };
}

/** The failures that a user can do something about. */
function explainStart(error: unknown): never {
  const known = error instanceof Error && solvable.has(error.name);
  throw known ? new CommandFailure(`error: ${error.message}`, { cause: error }) : error;
}
