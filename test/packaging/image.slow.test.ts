import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { imageBuilder } from '#test/packaging/build-image.ts';
import { type Image, runOptions } from '#test/packaging/build-stage.ts';
import { CONTEXT } from '#test/packaging/dockerfile.ts';

const MEGABYTE = 1e6;

/** Names of packages and their versions, as package.json has them. */
interface Packages {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const scratch = mkdtempSync(join(tmpdir(), 'mesh101-image-'));
const build = imageBuilder(scratch);
let image: Image;
let app: string;

beforeAll(() => {
  // The image's user has to reach its files, as in a container.
  chmodSync(scratch, 0o755);
  image = build({ target: 'image', args: { SERVICE: 'chain' } });
  app = join(image.root, 'app');
});
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

describe('what is in the image', () => {
  const found = (pattern: string) => globSync(pattern, { cwd: app });

  test('is the platform, one service, packages, and what Node has compiled', () => {
    expect(found('*').sort()).toEqual([
      'compiled',
      'main.js',
      'node_modules',
      'package.json',
      'platform',
      'services',
    ]);
    expect(found('services/*')).toEqual(['services/chain']);
    expect(found('{platform,services}/**/*.ts').length).toBeGreaterThan(20);
  });

  test('is every package that runs, and none that only develops', () => {
    const { dependencies, devDependencies }: Packages = JSON.parse(
      readFileSync(join(CONTEXT, 'package.json'), 'utf8'),
    );
    const installed = (name: string) => found(`node_modules/${name}/package.json`).length > 0;
    expect(Object.keys(dependencies).filter((name) => !installed(name))).toEqual([]);
    expect(found('node_modules/node-*/bin/node')).toEqual([]);
    const lock = JSON.parse(readFileSync(join(CONTEXT, 'package-lock.json'), 'utf8'));
    const onlyDevelop = (name: string) => lock.packages[`node_modules/${name}`]?.dev === true;
    const developing = Object.keys(devDependencies).filter(onlyDevelop);
    expect(developing.length).toBeGreaterThan(5);
    expect(developing.filter(installed)).toEqual([]);
  });

  test('is no test and no secret, and runs on every processor', () => {
    expect(found('{platform,services}/**/{*.test.ts,testing*.ts}')).toEqual([]);
    expect(found('**/{.npmrc,.env*,.git,.mesh,*.pem,*.key}')).toEqual([]);
    expect(found('node_modules/**/*.node')).toEqual([]);
  });

  test('is less than 90 MB', () => {
    const sizes = globSync('**/*', { cwd: app }).map((path) => statSync(join(app, path)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(90 * MEGABYTE);
  });
});

/** The image's start command, as the image's user, on a free port. */
function start(env: Record<string, string> = {}) {
  const options = runOptions(image);
  const [command = '', ...args] = JSON.parse(image.entrypoint);
  const child = spawn(command, args, {
    ...options,
    env: { ...options.env, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: 'pipe',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** The port, once the service says that it listens. */
async function portOf(child: ReturnType<typeof start>): Promise<number> {
  for await (const line of createInterface(child.stdout)) {
    const { msg, port } = JSON.parse(line);
    if (msg === 'listening') return port;
  }
  throw new Error(`the service ended before it listened: ${await text(child.stderr)}`);
}

describe('the image', () => {
  // Root's files are safe from others already; a laptop's user owns what a container's would not.
  beforeAll(() => execFileSync('chmod', ['-R', 'a-w', image.root]));

  test('answers as a user that may change nothing in it, and ends with 0 soon after SIGTERM', async () => {
    const child = start({ SERVICE_NAME: 'packed' });
    const port = await portOf(child);
    child.stdout.resume();
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/^packed - /);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const told = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    // SHUTDOWN_DELAY is a second; a process killed for its deafness would need thirty.
    expect(performance.now() - told).toBeLessThan(10_000);
  });

  test('may change nothing in it', async () => {
    const write = `require('fs').writeFileSync(process.argv[1], '')`;
    for (const place of ['app/new', 'app/platform/service.ts', 'app/compiled/new']) {
      const child = spawn('node', ['-e', write, join(image.root, place)], {
        ...runOptions(image),
        stdio: 'pipe',
      });
      const [mistake, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect(mistake).toMatch(/EACCES|EROFS/);
      expect(code).toBe(1);
    }
  });

  test.each(['headers', 'simple', 'full'])(
    'has been compiled, so it strips no types (TRACING=%s)',
    async (kind) => {
      const child = start({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE', TRACING: kind });
      const debug = text(child.stderr);
      await portOf(child);
      child.stdout.resume();
      child.kill('SIGTERM');
      const stripped = (await debug).match(/retrieving transpile cache for .*/g) ?? [];
      expect(stripped.length).toBeGreaterThan(20);
      expect(stripped.filter((line) => !line.endsWith('success'))).toEqual([]);
    },
  );
});

const others = globSync('services/*/main.ts', { cwd: CONTEXT })
  .map((path) => basename(dirname(path)))
  .filter((service) => service !== 'chain');

// This stage starts the service, waits for its first log line, and fails unless SIGTERM ends it with 0.
test.each(others)(
  '%s can be packed as well',
  (service) => {
    const { root } = build({ target: 'compiled', args: { SERVICE: service } });
    expect(globSync('app/services/*', { cwd: root })).toEqual([`app/services/${service}`]);
    expect(globSync('tmp/compiled/*/*', { cwd: root }).length).toBeGreaterThan(2);
  },
  60_000,
);
