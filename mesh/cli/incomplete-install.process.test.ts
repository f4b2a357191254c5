import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '#mesh/project-root.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const run = promisify(execFile);

/** A clone with `bin/mesh` and the Makefile, and nothing installed. */
function clone(): string {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'cluster'));
  writeFileSync(join(root, 'cluster/cluster.mk'), '');
  for (const file of ['bin/mesh', 'Makefile']) copyFileSync(join(projectRoot, file), join(root, file));
  return root;
}

const fails = (root: string, command: string, ...args: string[]) =>
  run(command, args, { cwd: root }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test('without dependencies `mesh` says what is missing and what to do', async () => {
  const root = clone();
  expect(await fails(root, join(root, 'bin/mesh'), 'status')).toMatchObject({
    code: 1,
    stderr: `mesh: the dependencies are not installed. Run \`make setup\` in ${root}, then this again.\n`,
  });
  expect(await fails(root, 'make', 'down')).toMatchObject({
    code: 0,
    stdout: 'nothing is installed here, so nothing is running\n',
  });
});

test('after an npm ci that was interrupted it says so, also when a mesh may be running', async () => {
  const root = clone();
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
  mkdirSync(join(root, '.mesh'));
  writeFileSync(join(root, '.mesh/mesh.pid'), '1\n');
  const sentence = 'the dependencies are installed only in part: an npm ci was interrupted. Run `make setup`';
  expect((await fails(root, join(root, 'bin/mesh'), 'up')).stderr).toContain(sentence);
  const down = await fails(root, 'make', 'down');
  expect(down.code).not.toBe(0);
  expect(down.stderr).toContain(sentence);
});

test("the npm package runs on the user's Node, and says so when that is too old", async () => {
  const root = clone();
  mkdirSync(join(root, 'mesh/cli'), { recursive: true });
  writeFileSync(join(root, 'mesh/cli/entry.js'), '');
  // npm links to a program from another folder.
  symlinkSync(join(root, 'bin/mesh'), join(root, 'mesh101'));
  const node = (version: string) => {
    writeFileSync(join(root, 'bin/node'), `#!/bin/sh\necho "\${1##*/}" | sed 's/^--version$/${version}/'\n`);
    chmodSync(join(root, 'bin/node'), 0o755);
  };
  const PATH = `${join(root, 'bin')}:${process.env['PATH']}`;
  const mesh = () => fails(root, 'env', `PATH=${PATH}`, join(root, 'mesh101'), 'status');
  node('v20.19.0');
  expect(await mesh()).toMatchObject({
    code: 1,
    stderr: 'mesh: Node v20.19.0 is too old: mesh101 runs on Node 24 or newer (https://nodejs.org).\n',
  });
  node('v24.2.0');
  expect(await mesh()).toEqual({ code: 0, stdout: 'entry.js\n', stderr: '' });
});
