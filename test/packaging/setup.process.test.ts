import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CONTEXT } from '#test/packaging/dockerfile.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const run = promisify(execFile);
const INSTALLED = 'node_modules/.package-lock.json';

/** A clone on which `npm ci` does what this script does. */
function clone(npm: string): { root: string; env: NodeJS.ProcessEnv } {
  const root = temporaryDirectory();
  for (const name of ['Makefile', 'package.json', 'package-lock.json', 'cluster']) {
    cpSync(join(CONTEXT, name), join(root, name), { recursive: true });
  }
  program(join(root, 'bin/npm'), `mkdir -p node_modules/.bin && : >${INSTALLED}\n${npm}`);
  return { root, env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH']}` } };
}

function program(path: string, script: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const install = ({ root, env }: ReturnType<typeof clone>) => run('make', [INSTALLED], { cwd: root, env });

test.each([
  ['for which there is no Node', ':'],
  [
    'whose Node does not run',
    "printf '#!/bin/sh\\nexit 127\\n' >node_modules/.bin/node; chmod +x node_modules/.bin/node",
  ],
])('make setup says so on a machine %s', async (_machine, npm) => {
  const place = clone(npm);
  await expect(install(place)).rejects.toMatchObject({
    stdout: expect.stringContaining('No Node could be installed for this machine: there is one for Linux'),
  });
  // Else the next `make` would go on.
  expect(existsSync(join(place.root, INSTALLED))).toBe(false);
});

test('make setup goes on where there is one', async () => {
  const place = clone('ln -s /bin/true node_modules/.bin/node');
  await install(place);
  expect(existsSync(join(place.root, INSTALLED))).toBe(true);
});
