import process from 'node:process';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { projectRoot } from '#mesh/cli/project-root.ts';
import { sendLine } from '#mesh/cli/send-line.ts';
import { stateDirectory } from '#mesh/run/state/state-directory.ts';

const firstAnswerTimeout = 15_000;

/** This process' streams, environment and machine. What only some commands need is imported when they ask for it. */
export function processContext(): CliContext {
  const { env } = process;
  // The mesh of the project, from whatever folder it is called, unless MESH_HOME names another.
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
    startRunner: async (options) => {
      const { startRunner } = await import('#mesh/run/start-runner.ts');
      return startRunner({ ...options, env, cwd: base }).catch(explainStart);
    },
    runProgram: async (call) => (await import('#mesh/cli/run-program.ts')).runProgram(call),
    fetchText: async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(firstAnswerTimeout) });
      return { status: response.status, text: await response.text() };
    },
    sendLine: (port, line) => sendLine({ port, line, timeout: firstAnswerTimeout }),
    interrupted,
  };
}

/** The two failures that a user can do something about. */
function explainStart(error: unknown): never {
  const known =
    error instanceof Error && ['RunnerFailedError', 'ProgramUnavailableError'].includes(error.name);
  throw known ? new CommandFailure(`error: ${error.message}`, { cause: error }) : error;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
