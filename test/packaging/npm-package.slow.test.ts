import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONTEXT } from '#test/packaging/dockerfile.ts';
import { pack } from '#test/packaging/npm-package.ts';

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), 'mesh101-npm-'));
const project = join(root, 'project');

/** A user's: the project's Node before any other, a mesh of its own, and a copy of the manifests as the only content. */
const env = {
  ...process.env,
  PATH: `${join(CONTEXT, 'node_modules/.bin')}:${process.env['PATH']}`,
  MESH_HOME: join(root, 'home'),
  TRACES_PORT: '0',
};

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const inProject = (
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Outcome> =>
  run(command, args, { cwd: project, env: { ...env, ...more } }).then(
    (output) => ({ code: 0, ...output }),
    (failure: Outcome) => failure,
  );

const mesh = (...args: string[]) => inProject('npx', ['mesh101', ...args]);

beforeAll(async () => {
  cpSync(join(import.meta.dirname, 'npm-package'), project, { recursive: true });
  const archive = pack(join(root, 'package'));
  const installed = await inProject('npm', [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    archive,
  ]);
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
}, 600_000);

afterAll(async () => {
  await mesh('down');
  rmSync(root, { recursive: true, force: true });
});

test('`npx mesh101 version` tells its version', async () => {
  const { version } = JSON.parse(readFileSync(join(CONTEXT, 'package.json'), 'utf8'));
  expect((await mesh('version')).stdout).toContain(`mesh101 ${version} (laptop mesh), Node 24.`);
});

test('a message names the command that starts a mesh without a clone', async () => {
  expect(await mesh('traces')).toMatchObject({
    code: 1,
    stderr: 'error: no mesh is running here; start it with `npx mesh101 up`\n',
  });
});

test('`npx mesh101 test --explain` judges a folder', async () => {
  const { stdout, code } = await mesh('test', '--explain', 'open');
  expect(stdout).toContain('✔ the shop is open');
  expect(stdout).toMatch(/2 passed, 0 failed \(explained/);
  expect(code).toBe(0);
});

test('`npx mesh101 up -f` answers with a stand-in and with a program of the package, and `down` ends it', async () => {
  const up = await mesh('up', '-f', 'shop.yaml');
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const { gatewayUrl, consoleUrl } = JSON.parse((await mesh('status', '-o', 'json')).stdout);
  const ask = async (path: string) => (await fetch(new URL(path, gatewayUrl))).json();
  expect(await ask('/')).toMatchObject({ workload: 'shop' });
  expect(await ask('/headers')).toMatchObject({ headers: { 'User-Agent': 'node' } });
  await expect.poll(async () => (await mesh('traces')).stdout).toContain('shop.default:80/');
  // The console's page, its modules, and the libraries that npm has put somewhere else.
  for (const path of ['/', '/page/main.js', '/lib/lit-html/lit-html.js', '/lib/dagre/dagre.esm.js'])
    expect((await fetch(new URL(path, consoleUrl))).status, path).toBe(200);
  expect((await mesh('down')).stdout).toBe('Stopped the mesh: 3 pods, 3 Envoys, 2 stand-ins.\n');
  expect((await mesh('version')).stdout).toContain('no mesh is running');
});

test("the action's step annotates what fails, and fails with it", async () => {
  const { runs } = parse(readFileSync(join(CONTEXT, 'action.yml'), 'utf8'));
  const step = (TESTS: string) =>
    inProject('bash', ['-e', '-c', runs.steps[1].run], {
      ...{ TESTS, EXPLAIN: 'true', MANIFESTS: '', PACKAGE: 'mesh101' },
    });
  expect(await step('open')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('::error') });
  const failed = await step('closed');
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('✘ the shop is closed  closed/shop.mesh-test.yaml:4');
  expect(failed.stdout).toContain(
    '::error file=closed/shop.mesh-test.yaml,line=4,title=the shop is closed::workload: expected nobody, found shop',
  );
});
