import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKER } from '#mesh/kubelet/process/mesh-processes.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

const restarts = (pods: readonly KubernetesObject[], container: string) =>
  pods
    .flatMap((pod) => statuses(pod))
    .filter(({ name }) => name === container)
    .map(({ restartCount }) => restartCount);

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
}

function statuses(pod: KubernetesObject): readonly ContainerStatus[] {
  return (pod['status'] as { containerStatuses: ContainerStatus[] }).containerStatuses;
}

const v1 = async () => (await mesh.pods()).filter(({ metadata }) => metadata.labels?.['version'] === 'v1');

test('a program that ends is restarted, and the pod shows it', async () => {
  await mesh.get('/crash');
  const [pod] = await eventually(v1, (pods) => restarts(pods, 'echo')[0] === 1 && pods.every(isReady));
  expect(pod && statuses(pod).find(({ name }) => name === 'echo')).toMatchObject({
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  const name = { name: pod?.metadata.name ?? '', namespace: 'default' };
  expect(await text(await mesh.client.logs({ ...name, previous: true }))).toBe('listening\n');
  await expect(mesh.client.logs({ ...name, container: 'istio-proxy', previous: true })).rejects.toThrow(
    'previous terminated container "istio-proxy"',
  );
  expect((await mesh.get('/')).text).toBe('v1');
});

function isReady(pod: KubernetesObject): boolean {
  return statuses(pod).every(({ ready }) => ready);
}

test('a failing liveness probe restarts the program', async () => {
  const [, deployment = ''] = manifest('echo.yaml').split('---');
  const probe =
    'livenessProbe: {httpGet: {path: /healthy, port: http}, periodSeconds: 1, failureThreshold: 2}';
  await mesh.apply(deployment.replace('readinessProbe:', `${probe}\n          readinessProbe:`));
  await eventually(v1, (pods) => pods.length === 1 && pods.every(isReady));
  await mesh.get('/sick');
  await eventually(v1, (pods) => restarts(pods, 'echo')[0] === 1 && pods.every(isReady));
  await mesh.apply(deployment);
  await eventually(v1, (pods) => pods.length === 1 && pods.every(isReady));
});

test('an Envoy that dies is restarted on its ports', async () => {
  const [before] = await v1();
  const envoy = mesh.processes().filter((line) => line.includes('--config-path'));
  for (const line of envoy) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  await eventually(v1, (pods) => restarts(pods, 'istio-proxy')[0] === 1 && pods.every(isReady));
  expect((await v1())[0]?.metadata.name).toBe(before?.metadata.name);
  const answer = await eventually(
    () => mesh.get('/').catch(() => ({ status: 0, text: '' })),
    ({ status }) => status === 200,
  );
  expect(answer.text).toBe('v1');
});

test('a rolling restart under load loses no request', async () => {
  const [before] = await v1();
  let running = true;
  const statusesSeen = new Set<number>();
  const load = Array.from({ length: 4 }, async () => {
    while (running) statusesSeen.add((await mesh.get('/?delay=20')).status);
  });
  await mesh.kube.restart('echo-v1');
  await eventually(
    v1,
    (pods) => pods.length === 1 && pods[0]?.metadata.name !== before?.metadata.name && pods.every(isReady),
  );
  running = false;
  await Promise.all(load);
  expect([...statusesSeen]).toEqual([200]);
});

test('a pod leaves the endpoints, then its hook runs, then it ends', async () => {
  const [, deployment = ''] = manifest('echo.yaml').split('---');
  const [file, seen] = [join(mesh.home, 'may-end'), join(mesh.home, 'hook-runs')];
  const command = JSON.stringify(['sh', '-c', `touch ${seen}; until [ -e ${file} ]; do sleep 0.02; done`]);
  const lifecycle = `lifecycle: {preStop: {exec: {command: ${command}}}}`;
  await mesh.apply(deployment.replace('readinessProbe:', `${lifecycle}\n          readinessProbe:`));
  const [leaving] = await eventually(v1, (pods) => pods.length === 1 && pods.every(isReady));
  await mesh.apply(deployment);
  await eventually(() => existsSync(seen), Boolean);
  const [endpoints] = await mesh.client.objects({ kind: 'Endpoints', namespace: 'default' });
  expect(JSON.stringify(endpoints)).not.toContain(leaving?.metadata.name);
  const old = (await v1()).find(({ metadata }) => metadata.name === leaving?.metadata.name);
  expect(old && statuses(old).map(({ name }) => name)).toEqual(['echo', 'istio-proxy']);
  writeFileSync(file, '');
  await eventually(v1, (pods) => pods.length === 1 && pods.every(isReady));
  expect((await v1())[0]?.metadata.name).not.toBe(leaving?.metadata.name);
});

interface Subset {
  readonly addresses?: readonly unknown[];
}

function addressesIn(endpoints: KubernetesObject | undefined): readonly unknown[] {
  const subsets = (endpoints?.['subsets'] ?? []) as readonly Subset[];
  return subsets.flatMap(({ addresses = [] }) => addresses);
}

test('scaling changes the number of pods and of endpoints', async () => {
  const scaled = (replicas: number) => {
    const [, deployment = ''] = manifest('echo.yaml').split('---');
    return deployment.replace('spec:', `spec:\n  replicas: ${replicas}`);
  };
  await mesh.apply(scaled(3));
  await eventually(v1, (pods) => pods.length === 3 && pods.every(isReady));
  const [endpoints] = await eventually(
    async () => await mesh.client.objects({ kind: 'Endpoints', namespace: 'default' }),
    ([found]) => addressesIn(found).length === 4,
  );
  expect(endpoints?.metadata.name).toBe('echo');
  await mesh.apply(scaled(1));
  await eventually(v1, (pods) => pods.length === 1);
  expect((await mesh.get('/')).text).toBe('v1');
});

test('programs see their pod, and nothing of the shell that started the mesh', async () => {
  const seen = JSON.parse((await mesh.get('/env')).text) as Record<string, string>;
  // By which `down` finds it, whatever happens to the runner; what a person starts in the pod is not `down`'s to end.
  const { [MARKER]: marker, ...env } = seen;
  expect(marker).toBe(mesh.home);
  const [pod] = await v1();
  expect(env).toMatchObject({
    HOSTNAME: pod?.metadata.name,
    ECHO_SERVICE_PORT: '80',
    NO_PROXY: 'localhost,127.0.0.1',
    http_proxy: env['HTTP_PROXY'],
  });
  expect(env['MESH_HOME']).toBeUndefined();
  // By the marker a mesh finds the processes that it has started itself.
  const { [MARKER]: _, ...own } = env;
  const target = await mesh.client.execTarget({ name: env['HOSTNAME'] ?? '', namespace: 'default' });
  expect(target.env).toEqual(own);
});

test('a program that refuses its configuration says why, and `up` ends', async () => {
  const [, deployment = ''] = manifest('echo.yaml').split('---');
  const bad = deployment
    .replace('echo-v1', 'echo-v3')
    .replace('env: [', 'env: [{name: MISTAKE, value: banana}, ');
  await mesh.apply(bad.replaceAll('version: v1', 'version: v3'));
  expect(await mesh.ready()).toMatch(/^pod echo-v3-\S+ does not start$/);
  const pod = (await mesh.pods()).find(({ metadata }) => metadata.labels?.['version'] === 'v3');
  expect(JSON.stringify(pod)).toContain('MISTAKE=banana is not allowed');
  const deleted = await mesh.client.delete({
    objects: [{ kind: 'Deployment', name: 'echo-v3', namespace: 'default' }],
    namespace: 'default',
  });
  expect(deleted.results).toMatchObject([{ action: 'deleted' }]);
  await eventually(mesh.pods, (pods) => pods.length === 2);
});
