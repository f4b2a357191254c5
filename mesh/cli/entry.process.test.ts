import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as resolvePath } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onPath } from '#mesh/kubelet/binary/on-path.ts';
import { projectRoot } from '#mesh/project-root.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mesh-home-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Runs one of bin's programs in a folder without a mesh. */
async function run(program: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(resolvePath(projectRoot, 'bin', program), argv, {
    cwd: home,
    env: { PATH: process.env['PATH'], MESH_HOME: home, ...env },
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, exitCode: await exit };
}

describe('the programs in bin', () => {
  it('mesh explains itself', async () => {
    expect(await run('mesh', ['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: mesh '),
      stderr: '',
    });
  });

  it('mesh says that no mesh is running', async () => {
    const message = 'error: no mesh is running here; start it with `make up`\n';
    expect(await run('mesh', ['status'])).toEqual({ exitCode: 1, stdout: '', stderr: message });
  });

  it.each([
    ["the mesh's state", ['up', '--bare'], { MESH_HOME: '/dev/null/x' }, 'MESH_HOME names'],
    ['Envoy', ['setup'], { HOME: '/dev/null/x' }, 'XDG_CACHE_HOME names'],
  ])('mesh says in a sentence that a folder for %s cannot be written', async (_what, argv, env, way) => {
    const python = dirname(onPath('python3', process.env['PATH']) ?? '');
    const { exitCode, stderr } = await run('mesh', argv, { PATH: `${python}:/usr/bin:/bin`, ...env });
    expect(stderr).toMatch(
      /^error: \/dev\/null\/x\S* cannot be (used|written): a part of the path is not a folder; .*\n$/,
    );
    expect(stderr).toContain(way);
    expect(exitCode).toBe(1);
  });

  it('mesh asks no proxy for what is on this machine', async () => {
    const told = "process.stdout.write(process.env.no_proxy + ' ' + process.env.NO_PROXY);process.exit()";
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(told)}`,
      NO_PROXY: 'corp.example',
    };
    const none = 'corp.example,localhost,127.0.0.1,::1';
    expect(await run('mesh', ['down'], env)).toMatchObject({ stdout: `${none} ${none}` });
  });

  it('mesh says that the dependencies are not there', async () => {
    const bin = join(home, 'bin');
    await cp(join(projectRoot, 'bin/mesh'), join(bin, 'mesh'));
    const { exitCode, stderr } = await run(join(bin, 'mesh'), ['down']);
    expect(stderr).toContain('the dependencies are not installed. Run `make setup` in');
    expect(exitCode).toBe(1);
  });

  it('ends quietly when nobody reads on', async () => {
    const mesh = join(projectRoot, 'bin/mesh');
    // The reader is gone before anything is written: `read` waits for the first byte of a pipe that closes.
    const child = spawn('sh', ['-c', `{ "$0" --help; echo "exit $?" >&2; } | true`, mesh]);
    expect(await text(child.stderr)).toMatch(/^exit (0|141)\n$/);
  });
});
