import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processStart } from '#mesh/kubelet/process/alive.ts';
import { claimFile, holderOf } from '#mesh/kubelet/state/claim-file.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

test('a claim holds the number and the start of its process, and leaves no other file', () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'claim');
  expect(claimFile(path)).toBe(true);
  expect(holderOf(path)).toEqual({ pid: process.pid, start: processStart(process.pid) });
  expect(claimFile(path)).toBe(false);
  expect(readdirSync(folder)).toEqual(['claim']);
});

test('a process that only has the number of the one that claimed is not its holder', () => {
  const path = join(temporaryDirectory(), 'claim');
  writeFileSync(path, `${process.ppid} 1@another-boot\n`);
  expect(holderOf(path)).toBeUndefined();
  expect(claimFile(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
});

test('what is no claim is taken over', () => {
  const path = join(temporaryDirectory(), 'claim');
  writeFileSync(path, 'nonsense\n');
  expect(claimFile(path)).toBe(true);
});
