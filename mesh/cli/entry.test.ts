import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#mesh/cli/project-root.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mesh-home-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Runs one of bin's programs in a folder without a mesh. */
async function run(program: string, argv: readonly string[]) {
  const child = spawn(join(projectRoot, 'bin', program), argv, {
    cwd: home,
    env: { PATH: process.env['PATH'], MESH_HOME: home },
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, exitCode: await exit };
}

describe('the programs in bin', () => {
  it.each(['mesh', 'shims/kubectl', 'shims/istioctl'])('%s explains itself', async (program) => {
    const name = program.split('/').at(-1);
    expect(await run(program, ['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Usage: ${name} `),
      stderr: '',
    });
  });

  it('kubectl says that no mesh is running', async () => {
    const message = 'error: no mesh is running here; start it with `make up`\n';
    expect(await run('shims/kubectl', ['get', 'pods'])).toEqual({ exitCode: 1, stdout: '', stderr: message });
  });

  it('ends quietly when nobody reads on', async () => {
    const mesh = join(projectRoot, 'bin/mesh');
    // The reader is gone before anything is written: `read` waits for the first byte of a pipe that closes.
    const child = spawn('sh', ['-c', `{ "$0" --help; echo "exit $?" >&2; } | true`, mesh]);
    expect(await text(child.stderr)).toMatch(/^exit (0|141)\n$/);
  });
});
