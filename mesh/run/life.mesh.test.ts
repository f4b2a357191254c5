import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { isAlive } from '#mesh/kubelet/process/alive.ts';
import { endMeshProcesses, meshProcesses } from '#mesh/kubelet/process/mesh-processes.ts';
import { runnerOf, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { connect } from '#mesh/run/client.ts';
import { type StartedRunner, startRunner } from '#mesh/run/start-runner.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, portOfOwn, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
/** One that no other mesh begins its search with: it is free as soon as this mesh has ended. */
const GATEWAY_PORT = await portOfOwn();

beforeEach(async () => {
  mesh = await startMesh({ GATEWAY_PORT });
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
  const options = startOptions(mesh.home);
  const { log } = stateDirectory(options.env, '/');
  appendFileSync(log, 'what it wrote\n');
  await expect(startRunner(options)).rejects.toThrow(`a mesh is already running, with process ${mesh.pid}`);
  expect(readFileSync(log, 'utf8')).toContain('what it wrote\n');
  process.kill(mesh.pid, 'SIGKILL');
  await mesh.ended;
  await eventually(mesh.processes, (processes) => processes.length === 0);
  const second = await startRunner(options);
  expect(isAlive(second.pid)).toBe(true);
  await second.client.shutdown();
  await second.ended;
});

test('a second start that is interrupted takes nothing from the mesh that runs', async () => {
  const interrupt = new AbortController();
  const second = startRunner({ ...startOptions(mesh.home), signal: interrupt.signal });
  const refused = expect(second).rejects.toThrow();
  await eventually(
    () => meshProcesses(mesh.home).filter(({ isRunner }) => isRunner).length,
    (runners) => runners === 2,
  );
  interrupt.abort();
  await refused;
  expect(runnerOf(stateDirectory({ MESH_HOME: mesh.home }, '/'))).toBe(mesh.pid);
  expect(await connect(stateDirectory({ MESH_HOME: mesh.home }, '/'))).toBeDefined();
});

test('a mesh whose folder was removed is found by its processes, and ended in good order', async () => {
  rmSync(mesh.home, { recursive: true });
  const count = mesh.processes().length;
  expect(await endMeshProcesses(mesh.home)).toBeGreaterThanOrEqual(count);
  await mesh.ended;
  expect(mesh.processes()).toEqual([]);
  expect(await endMeshProcesses(mesh.home)).toBe(0);
});

test('what is left after kill -9 of the guardian and the runner is found and ended', async () => {
  killBoth(mesh.pid);
  await mesh.ended;
  // Some end by themselves while they are counted: a service that logs into the broken pipe, for one.
  const left = mesh.processes().length;
  const ended = await endMeshProcesses(mesh.home);
  expect(ended).toBeGreaterThan(5);
  expect(ended).toBeLessThanOrEqual(left);
  expect(mesh.processes()).toEqual([]);
});

test('the next mesh of the folder ends the old group before it takes its port', async () => {
  killBoth(mesh.pid);
  await mesh.ended;
  rmSync(mesh.home, { recursive: true });
  const second = await startSecond();
  expect(mesh.processes()).toEqual([]);
  expect((await second.client.overview()).gatewayUrl).toBe(mesh.gatewayUrl);
  await second.client.shutdown();
  await second.ended;
});

test('a mesh whose folder another has taken over leaves that one alone', async () => {
  rmSync(mesh.home, { recursive: true });
  const second = await startSecond();
  expect(mesh.processes()).toEqual([]);
  // The end of the first one has removed neither the second one's claim nor its sockets.
  expect(await second.client.objects({ kind: 'Pod', namespace: 'default' })).toEqual([]);
  expect(runnerOf(stateDirectory({ MESH_HOME: mesh.home }, '/'))).toBe(second.pid);
  await second.client.shutdown();
  await second.ended;
});

/** Another runner for the folder, which a failing test does not leave behind. */
async function startSecond(): Promise<StartedRunner> {
  const second = await startRunner(startOptions(mesh.home));
  onTestFinished(async () => {
    if (!isAlive(second.pid)) return;
    await second.client.shutdown();
    await second.ended;
  });
  return second;
}

function startOptions(home: string) {
  const env = { ...process.env, MESH_HOME: home, GATEWAY_PORT };
  return {
    env,
    cwd: process.cwd(),
    live: true,
    outboundPolicy: 'REGISTRY_ONLY',
    tracesTo: 'none',
    foreground: false,
  } as const;
}

/** The guardian first, and the runner before it can replace it. */
function killBoth(runner: number): void {
  const said = execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8' });
  const guardian = said.split('\n').find((line) => line.trimEnd().endsWith(`guardian.sh ${runner}`));
  process.kill(runner, 'SIGSTOP');
  process.kill(Number.parseInt(guardian ?? '', 10), 'SIGKILL');
  process.kill(runner, 'SIGKILL');
}
