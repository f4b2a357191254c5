import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prepareStateDirectory, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

test('the state is in .mesh, or where MESH_HOME says', () => {
  expect(stateDirectory({}, '/project').socket).toBe('/project/.mesh/mesh.sock');
  expect(stateDirectory({ MESH_HOME: '../other' }, '/project').root).toBe('/other');
});

test('a path too long for a socket is replaced by a short one, and the way there is left behind', () => {
  const root = join(temporaryDirectory(), 'x'.repeat(100));
  const state = stateDirectory({ MESH_HOME: root }, '/');
  onTestFinished(() => rmSync(dirname(state.socket), { recursive: true, force: true }));
  expect(Buffer.byteLength(state.socket)).toBeLessThanOrEqual(103);
  expect(stateDirectory({ MESH_HOME: root }, '/elsewhere').socket).toBe(state.socket);
  prepareStateDirectory(state);
  expect(readFileSync(join(root, 'mesh.sock.path'), 'utf8')).toBe(`${state.socket}\n`);
});

test('nobody else can look into it', () => {
  const root = join(temporaryDirectory(), 'm');
  prepareStateDirectory(stateDirectory({ MESH_HOME: root }, '/'));
  expect(statSync(root).mode & 0o777).toBe(0o700);
  expect(statSync(join(root, 'certificates')).mode & 0o777).toBe(0o700);
});
