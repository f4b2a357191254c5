import { PassThrough, Readable } from 'node:stream';
import type { CliContext } from '#mesh/cli/context.ts';
import { main } from '#mesh/cli/main.ts';
import { type FakeClient, type FakeMesh, fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSetting {
  /** The mesh that runs; absent: none. */
  readonly client?: FakeClient;
  readonly stdin?: string;
  readonly overrides?: Partial<CliContext>;
}

/** The moment at which every test takes place. */
export const now = Date.parse('2026-01-01T12:00:00Z');

/** Runs the command line in this process with captured streams. */
export async function runCli(argv: readonly string[], setting: CliSetting = {}): Promise<CliRun> {
  const stdout = captured();
  const stderr = captured();
  const exitCode = await main(argv, {
    ...context(setting),
    stdout: stdout.stream,
    stderr: stderr.stream,
    ...setting.overrides,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** The same with a running mesh. */
export function runWith(mesh: FakeMesh, argv: readonly string[]): Promise<CliRun> {
  return runCli(argv, { client: fakeClient(mesh) });
}

function context({ client, stdin = '' }: CliSetting): Omit<CliContext, 'stdout' | 'stderr'> {
  const unexpected = async () => {
    throw new Error('this test expected no such call');
  };
  return {
    stdin: Readable.from([stdin]),
    env: { PATH: '/usr/bin' },
    cwd: process.cwd(),
    stateRoot: '/project/.mesh',
    now: () => now,
    findRunner: async () => client,
    connect: async () => {
      if (client) return client;
      throw new CommandFailure('error: no mesh is running here; start it with `make up`');
    },
    endLeftovers: async () => 0,
    startRunner: unexpected,
    provideKubectl: async () => '/usr/bin/kubectl',
    runProgram: unexpected,
    portHolder: async () => undefined,
    fetchText: unexpected,
    sendLine: unexpected,
    interrupted: () => new Promise(() => undefined),
  };
}

function captured(): { readonly stream: PassThrough; readonly text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
