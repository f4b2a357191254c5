import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CliContext } from '#mesh/cli/context.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runUp } from '#mesh/cli/testing/interactions.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { meshProgramsFolder } from '#mesh/kubelet/binary/on-path.ts';
import { kubectl } from '#test/components/kubectl.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const overview = { pods: [], urls: [], standIns: [], gatewayUrl: 'http://localhost:8080' };
const client = fakeClient({ overview });

/** `mesh shell -c true` with a folder of its own; the programs that it finds there. */
async function open(overrides: Partial<CliContext>) {
  const stateRoot = join(temporaryDirectory(), '.mesh');
  const run = await runCli(['shell', '-c', 'true'], {
    client,
    overrides: {
      stateRoot,
      provideKubectl: async () => kubectl.path,
      runProgram: async () => 0,
      ...overrides,
    },
  });
  return { ...run, at: join(stateRoot, 'shell', meshProgramsFolder) };
}

function folderWith(...names: readonly string[]): string {
  const at = temporaryDirectory();
  for (const name of names) {
    writeFileSync(join(at, name), '#!/bin/sh\necho own\n');
    chmodSync(join(at, name), 0o755);
  }
  return at;
}

it('kubectl is the real one, without a Node between', async () => {
  const { at } = await open({});
  expect(readlinkSync(join(at, 'kubectl'))).toBe(kubectl.path);
  const { stdout, status } = spawnSync(join(at, 'kubectl'), ['version', '--client'], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^Client Version: v1\.\d+/)]);
});

it('istioctl is that of PATH, or the one that ISTIOCTL names', async () => {
  const folder = folderWith('istioctl', 'mine');
  for (const env of [
    { PATH: folder },
    { PATH: folder, ISTIOCTL: 'mine' },
    { ISTIOCTL: join(folder, 'mine') },
  ]) {
    const { at } = await open({ env });
    expect(readlinkSync(join(at, 'istioctl'))).toBe(join(folder, env.ISTIOCTL ? 'mine' : 'istioctl'));
  }
  const { stderr, exitCode } = await open({ env: { ISTIOCTL: '/nonexistent' } });
  expect([exitCode, stderr]).toEqual([1, 'error: ISTIOCTL=/nonexistent is not an executable file\n']);
});

it('without an istioctl, a script says how to get one', async () => {
  const { at } = await open({ env: { PATH: '/nonexistent' } });
  const { stderr, status } = spawnSync(join(at, 'istioctl'), ['analyze'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    127,
    expect.stringMatching(/^istioctl is not installed\. Put it on PATH .*\n$/),
  ]);
});

it('a shell within a shell takes no program of the outer one', async () => {
  const outer = join(temporaryDirectory(), meshProgramsFolder);
  mkdirSync(outer);
  writeFileSync(join(outer, 'istioctl'), '#!/bin/sh\n', { mode: 0o755 });
  const { at } = await open({ env: { PATH: `${outer}:${folderWith('istioctl')}` } });
  expect(readlinkSync(join(at, 'istioctl'))).not.toContain(meshProgramsFolder);
});

it('without a kubectl, shell ends with the ways, and up goes on with them', async () => {
  const provideKubectl = async () => {
    throw new CommandFailure('error: kubectl could not be fetched: no network');
  };
  expect(await open({ provideKubectl })).toMatchObject({
    exitCode: 1,
    stderr: 'error: kubectl could not be fetched: no network\n',
  });
  const { exitCode, stderr } = await runUp(['--bare'], { client, provideKubectl });
  expect([exitCode, stderr]).toEqual([0, 'warning: kubectl could not be fetched: no network\n']);
});

it('a fetch is told in one line', async () => {
  const provideKubectl: CliContext['provideKubectl'] = async (progress) => {
    progress('fetching kubectl');
    progress('unpacking kubectl');
    return kubectl.path;
  };
  expect((await open({ provideKubectl })).stderr).toBe('fetching kubectl\n');
  const { stdout } = await runUp(['--bare'], { client, provideKubectl });
  expect(stdout).toContain('… fetching kubectl\n');
  expect(stdout).not.toContain('unpacking');
});
