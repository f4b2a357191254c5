import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isAlive } from '#mesh/kubelet/process/alive.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';

const script = `
  const { startMesh } = await import('#mesh/run/testing/started-mesh.ts');
  const { pid } = await startMesh();
  process.stdout.write(String(pid));
  setInterval(() => {}, 1e6);
`;

test('the mesh of a test ends with the process that runs the test, however that ends', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  child.stderr.pipe(process.stderr);
  const [said] = await once(child.stdout, 'data');
  const pid = Number(said);
  expect(isAlive(-pid)).toBe(true);
  child.kill('SIGKILL');
  expect(
    await eventually(
      () => isAlive(-pid),
      (alive) => !alive,
    ),
  ).toBe(false);
});
