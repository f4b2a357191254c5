import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPorts } from '#mesh/kubelet/ports/ports.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const directory = temporaryDirectory;

test('leased ports differ, and released ones can be had again', async () => {
  const at = directory();
  const ports = createPorts({ directory: at, start: 21_000 });
  const [first, second] = [await ports.lease(), await ports.lease()];
  expect(first).not.toBe(second);
  expect(readdirSync(at).sort()).toEqual([String(first), String(second)].sort());
  ports.release(first);
  expect(await ports.leaseFrom(first)).toBe(first);
  ports.releaseAll();
  expect(readdirSync(at)).toEqual([]);
});

test('ports leased at the same time differ, too', async () => {
  const ports = createPorts({ directory: directory(), start: 24_000 });
  const leased = await Promise.all(Array.from({ length: 10 }, () => ports.lease()));
  ports.releaseAll();
  expect(new Set(leased).size).toBe(10);
});

test('another living runner of this machine keeps its ports', async () => {
  const at = directory();
  const own = createPorts({ directory: at, start: 22_000 });
  const port = await own.lease();
  writeFileSync(join(at, String(port + 1)), `${process.ppid}\n`);
  const other = createPorts({ directory: at });
  expect(await other.leaseFrom(port)).toBeGreaterThan(port + 1);
  other.releaseAll();
  own.releaseAll();
});

test('what a dead process claimed is taken over', async () => {
  const at = directory();
  const probe = createPorts({ directory: at, start: 23_000 });
  const port = await probe.lease();
  probe.releaseAll();
  // Above the largest pid of Linux and macOS.
  writeFileSync(join(at, String(port)), '9999999\n');
  const ports = createPorts({ directory: at });
  expect(await ports.leaseFrom(port)).toBe(port);
  ports.releaseAll();
});

test('a port that somebody listens on is passed over', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  const ports = createPorts({ directory: directory() });
  expect(await ports.leaseFrom(taken)).toBeGreaterThan(taken);
  ports.releaseAll();
  await new Promise((resolve) => server.close(resolve));
});
