import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPorts } from '#mesh/kubelet/ports/ports.ts';
import {
  networkNamespace,
  privateDirectory,
  runtimeDirectory,
} from '#mesh/kubelet/state/private-directory.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

test('a folder is made for its user alone, and taken again', () => {
  const path = join(temporaryDirectory(), 'own');
  expect(privateDirectory(path)).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(privateDirectory(path)).toBe(path);
});

test('a link, a file and an open folder are refused, with what to do', () => {
  const folder = temporaryDirectory();
  const [link, file, open] = [join(folder, 'link'), join(folder, 'file'), join(folder, 'open')];
  symlinkSync(temporaryDirectory(), link);
  writeFileSync(file, '');
  mkdirSync(open);
  chmodSync(open, 0o755);
  expect(() => privateDirectory(link)).toThrow(`${link} is a link: remove it, or set XDG_RUNTIME_DIR`);
  expect(() => privateDirectory(file)).toThrow('is not a folder');
  expect(() => privateDirectory(open)).toThrow('is open to other users');
});

test("the user's run-time directory is used where it is one, else a folder beside everybody's temporary files", () => {
  const [own, temporary] = [temporaryDirectory(), temporaryDirectory()];
  const of = (env: NodeJS.ProcessEnv) => runtimeDirectory(env, temporary);
  expect(of({ XDG_RUNTIME_DIR: own })).toBe(join(own, 'mesh101'));
  const beside = join(temporary, `mesh101-${process.getuid?.()}`);
  expect(of({})).toBe(beside);
  chmodSync(own, 0o755);
  expect(of({ XDG_RUNTIME_DIR: own })).toBe(beside);
  expect(of({ XDG_RUNTIME_DIR: join(own, 'none') })).toBe(beside);
});

test("a shell's TMPDIR hides no mesh from the others", () => {
  vi.stubEnv('TMPDIR', temporaryDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(runtimeDirectory({})).toBe(`/tmp/mesh101-${process.getuid?.()}`);
});

test('claims of ports are in the folder of this network, and no link of another is followed there', async () => {
  const own = temporaryDirectory();
  vi.stubEnv('XDG_RUNTIME_DIR', own);
  onTestFinished(() => void vi.unstubAllEnvs());
  const ports = createPorts();
  const port = await ports.lease();
  const folder = join(own, 'mesh101', 'ports', networkNamespace());
  expect(statSync(join(folder, String(port))).mode & 0o777).toBe(0o600);
  ports.releaseAll();
  const elsewhere = temporaryDirectory();
  symlinkSync(temporaryDirectory(), join(elsewhere, 'mesh101'));
  vi.stubEnv('XDG_RUNTIME_DIR', elsewhere);
  expect(() => createPorts()).toThrow('is a link');
});

test.runIf(process.platform === 'linux')('another network namespace has another name', () => {
  expect(networkNamespace()).toMatch(/^\d+$/);
});
