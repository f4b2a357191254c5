import { join } from 'node:path';
import type { CliContext, ProgramCall, RunnerOptions, StartedRunner } from '#mesh/cli/context.ts';
import type { FakeClient } from '#mesh/cli/testing/fake-client.ts';
import { type CliRun, runCli } from '#mesh/cli/testing/run-cli.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

export interface UpRun extends CliRun {
  readonly started: readonly RunnerOptions[];
}

interface UpSetting {
  /** The client of the mesh that `up` starts. */
  readonly client: FakeClient;
  readonly ended?: Promise<string>;
  /** Who has the gateway's usual port. */
  readonly portHolder?: string;
  readonly interrupted?: () => Promise<void>;
  readonly provideKubectl?: CliContext['provideKubectl'];
  readonly answer?: () => Promise<{ status: number; text: string }>;
}

const never = new Promise<never>(() => undefined);

/** `mesh up` where no mesh is running. */
export async function runUp(argv: readonly string[], setting: UpSetting): Promise<UpRun> {
  const started: RunnerOptions[] = [];
  const startRunner = async (options: RunnerOptions): Promise<StartedRunner> => {
    started.push(options);
    const { client, ended = never } = setting;
    return { client, ended, stop: () => client.shutdown() };
  };
  const run = await runCli(['up', ...argv], {
    stdin: 'kind: Gateway',
    overrides: {
      startRunner,
      ...(setting.provideKubectl && { provideKubectl: setting.provideKubectl }),
      portHolder: async () => setting.portHolder,
      fetchText: setting.answer ?? (async () => ({ status: 200, text: 'frontend-prod - 0.2secs' })),
      interrupted: setting.interrupted ?? (() => never),
    },
  });
  return { ...run, started };
}

/** A command that runs a program, and that program. */
export async function runProgramOf(
  argv: readonly string[],
  client: FakeClient,
  env: NodeJS.ProcessEnv = { PATH: '/usr/bin' },
) {
  const programs: ProgramCall[] = [];
  const runProgram = async (program: ProgramCall) => {
    programs.push(program);
    return 3;
  };
  const stateRoot = join(temporaryDirectory(), '.mesh');
  const run = await runCli(argv, { client, overrides: { runProgram, env, stateRoot } });
  return { ...run, program: programs[0], stateRoot };
}
