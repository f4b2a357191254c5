import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imageBuilder } from '#test/packaging/build-image.ts';
import { type Image, runOptions } from '#test/packaging/build-stage.ts';
import { CONTEXT } from '#test/packaging/dockerfile.ts';
import { pack } from '#test/packaging/npm-package.ts';

const scratch = mkdtempSync(join(tmpdir(), 'mesh101-mesh-image-'));
const work = join(scratch, 'work');
const { version } = JSON.parse(readFileSync(join(CONTEXT, 'package.json'), 'utf8')) as { version: string };
let image: Image;

beforeAll(() => {
  // The image's user has to reach its files, as in a container.
  chmodSync(scratch, 0o755);
  const context = join(scratch, 'dist');
  pack(context);
  mkdirSync(join(scratch, 'stages'));
  const builder = { file: 'Dockerfile.mesh', context, given: ['python'] };
  image = imageBuilder(join(scratch, 'stages'), builder)({ target: 'image', args: { VERSION: version } });
  execFileSync('chmod', ['-R', 'a-w', join(image.root, 'opt')]);
  // What a CI system mounts: the repository.
  cpSync(join(import.meta.dirname, 'npm-package'), work, { recursive: true });
}, 600_000);
afterAll(async () => {
  await mesh('down');
  execFileSync('chmod', ['-R', 'u+w', scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The image's start command with these arguments, as the image's user, in the repository. */
function mesh(...args: readonly string[]): Promise<Outcome> {
  const { env, ...options } = runOptions(image);
  const bin = join(image.root, 'opt/mesh101/node_modules/.bin');
  const [command = ''] = JSON.parse(image.entrypoint) as string[];
  const surroundings = {
    ...env,
    PATH: `${bin}:${env.PATH}`,
    HOME: join(image.root, 'tmp'),
    TRACES_PORT: '0',
  };
  return new Promise((resolve) => {
    execFile(
      join(bin, command),
      args,
      { ...options, cwd: work, env: surroundings },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('has the mesh of this version, its Envoy, and no Python', async () => {
  expect((await mesh('version')).stdout).toContain(`mesh101 ${version} (laptop mesh), Node 24.`);
  expect(globSync('opt/programs/**/envoy', { cwd: image.root })).not.toEqual([]);
  expect(globSync('{opt,usr}/**/bin/{python*,pip*}', { cwd: image.root })).toEqual([]);
  expect(globSync('opt/mesh101/**/{*.d.ts,*.map,*.tgz}', { cwd: image.root })).toEqual([]);
});

test('judges a mounted repository by its configuration, as a user that may change nothing', async () => {
  expect(await mesh('test', '--explain', 'open')).toMatchObject({ code: 0 });
  const { code, stdout } = await mesh('test', '--explain', '-o', 'tap', '.');
  expect(code).toBe(1);
  expect(stdout).toContain('not ok');
});

test('judges it by real traffic', async () => {
  const { code, stdout, stderr } = await mesh('test', 'open');
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/2 passed, 0 failed/);
}, 180_000);
