import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '#mesh/run/client.ts';
import { isAlive } from '#mesh/run/process/alive.ts';
import { startRunner } from '#mesh/run/start-runner.ts';
import { stateDirectory } from '#mesh/run/state/state-directory.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;

beforeEach(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterEach(() => mesh.end());

test('shutdown ends every process and removes the socket', async () => {
  expect(mesh.processes().length).toBeGreaterThan(5);
  await mesh.client.shutdown();
  await mesh.ended;
  expect(mesh.processes()).toEqual([]);
  expect(await connect(stateDirectory({ MESH_HOME: mesh.home }, '/'))).toBeUndefined();
});

test('SIGTERM is an orderly shutdown', async () => {
  process.kill(mesh.pid, 'SIGTERM');
  await mesh.ended;
  expect(mesh.processes()).toEqual([]);
});

test('kill -9 of the runner leaves no process behind', async () => {
  process.kill(mesh.pid, 'SIGKILL');
  await mesh.ended;
  expect(await eventually(mesh.processes, (processes) => processes.length === 0)).toEqual([]);
});

test('a state directory has one runner; one that was killed makes way', async () => {
  const env = { ...process.env, MESH_HOME: mesh.home };
  const options = {
    env,
    cwd: process.cwd(),
    live: true,
    outboundPolicy: 'REGISTRY_ONLY',
    foreground: false,
  } as const;
  await expect(startRunner(options)).rejects.toThrow(`a mesh is running already, with process ${mesh.pid}`);
  process.kill(mesh.pid, 'SIGKILL');
  await mesh.ended;
  await eventually(mesh.processes, (processes) => processes.length === 0);
  const second = await startRunner(options);
  expect(isAlive(second.pid)).toBe(true);
  await second.client.shutdown();
  await second.ended;
});
