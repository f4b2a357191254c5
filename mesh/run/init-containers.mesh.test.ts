import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let folder: string;
let mesh: StartedMesh;
let kubectl: ReturnType<typeof kubectlOf>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-init-'));
  const file = join(folder, 'images.yaml');
  writeFileSync(file, 'images: [{image: shell, command: [sh], overrides: replace}]');
  mesh = await startMesh({ MESH_IMAGES: file });
  kubectl = kubectlOf(mesh);
});
afterAll(async () => {
  await mesh?.end();
  rmSync(folder, { recursive: true, force: true });
});

const pod = (name: string, spec: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 1
${spec}`;

const run = async (...words: string[]) => (await kubectl.run(...words)).out;
const column = (name: string) => async () => (await run('get', 'pod', name, '--no-headers')).split(/\s+/);
const until = (name: string, status: string) => eventually(column(name), (cells) => cells[2] === status);
const path = (name: string, what: string) => run('get', 'pod', name, '-o', `jsonpath=${what}`);

test('init containers run in their order before the containers, each with its own log', async () => {
  await kubectl.apply(
    pod(
      'ordered',
      `
  initContainers:
    - {name: one, image: shell, command: [sh, -c, echo first]}
    - {name: two, image: shell, command: [sh, -c, 'echo second; until [ -e "$GATE" ]; do sleep 0.05; done'], env: [{name: GATE, value: ${folder}/gate}]}
  containers: [{name: app, image: echo, ports: [{containerPort: 8080}]}]`,
    ),
  );
  expect(await until('ordered', 'Init:1/2')).toMatchObject({ 1: '0/2' });
  expect(await path('ordered', '{.status.phase} {.status.containerStatuses[0].state}')).toBe(
    'Pending {"waiting":{"reason":"PodInitializing"}}',
  );
  expect(await path('ordered', '{.status.conditions[?(@.type=="Initialized")].message}')).toBe(
    'containers with incomplete status: [two]',
  );
  await run('exec', 'ordered', '-c', 'two', '--', 'touch', `${folder}/gate`);
  expect(await until('ordered', 'Running')).toMatchObject({ 3: '0' });
  await run('wait', 'pod/ordered', '--for=condition=Ready', '--timeout=60s');
  expect([await run('logs', 'ordered', '-c', 'one'), await run('logs', 'ordered', '-c', 'two')]).toEqual([
    'first\n',
    'second\n',
  ]);
  expect(await path('ordered', '{.status.initContainerStatuses[*].state.terminated.reason}')).toBe(
    'Completed Completed',
  );
});

test('one whose program is not run has nothing to prepare, and says so', async () => {
  await kubectl.apply(
    pod(
      'played',
      `
  initContainers: [{name: wait, image: busybox, command: [sh, -c, 'until nslookup db; do sleep 2; done']}]
  containers: [{name: app, image: echo, ports: [{containerPort: 8080}]}]`,
    ),
  );
  await run('wait', 'pod/played', '--for=condition=Ready', '--timeout=60s');
  expect(await run('logs', 'played', '-c', 'wait')).toBe(
    'the program of init container wait (image busybox) is not run: nothing is prepared\n',
  );
});

test('one that fails is started again with pauses, or never where the pod says so', async () => {
  const failing = (name: string, policy: string) =>
    pod(
      name,
      `
  restartPolicy: ${policy}
  initContainers: [{name: bad, image: shell, command: [sh, -c, 'echo no; exit 3']}]
  containers: [{name: app, image: echo}]`,
    );
  await kubectl.apply(failing('again', 'Always'));
  await kubectl.apply(failing('once', 'Never'));
  await until('once', 'Init:Error');
  expect(
    await path('once', '{.status.phase} {.status.initContainerStatuses[0].state.terminated.exitCode}'),
  ).toBe('Failed 3');
  await until('again', 'Init:CrashLoopBackOff');
  await eventually(
    () => path('again', '{.status.initContainerStatuses[0].restartCount}'),
    (count) => Number(count) > 0,
  );
  expect(await path('again', '{.status.phase}')).toBe('Pending');
});

test('a sidecar among them goes on running, and ends with a Job’s pod', async () => {
  await kubectl.apply(
    pod(
      'beside',
      `
  restartPolicy: Never
  initContainers: [{name: helper, image: shell, restartPolicy: Always, command: [sh, -c, 'echo here; sleep 1000']}]
  containers: [{name: app, image: shell, command: [sh, -c, 'echo done']}]`,
    ),
  );
  await until('beside', 'Completed');
  expect(await run('logs', 'beside', '-c', 'helper')).toBe('here\n');
  await eventually(
    () => path('beside', '{.status.initContainerStatuses[0].state.running}'),
    (running) => running === '',
  );
});

test('postStart runs before the container is ready; when it fails, the program is started anew', async () => {
  const hooked = (name: string, command: string) =>
    pod(
      name,
      `
  containers: [{name: app, image: shell, command: [sh, -c, 'sleep 1000'], lifecycle: {postStart: {exec: {command: [sh, -c, '${command}']}}}}]`,
    );
  await kubectl.apply(hooked('greeted', `touch ${folder}/greeted`));
  await kubectl.apply(hooked('rejected', 'exit 1'));
  await run('wait', 'pod/greeted', '--for=condition=Ready', '--timeout=60s');
  expect(await run('exec', 'greeted', '--', 'ls', `${folder}/greeted`)).toContain('greeted');
  await eventually(
    () =>
      run(
        'get',
        'events',
        '--field-selector',
        'involvedObject.name=rejected',
        '-o',
        'jsonpath={.items[*].reason}',
      ),
    (reasons) => reasons.includes('FailedPostStartHook'),
  );
  await eventually(
    () => path('rejected', '{.status.containerStatuses[0].restartCount}'),
    (count) => Number(count) > 0,
  );
});

test('a pod fails when its time is over, and a program gets the signal that it asks for', async () => {
  await kubectl.apply(
    pod(
      'short',
      `
  activeDeadlineSeconds: 1
  containers:
    - name: app
      image: shell
      command: [sh, -c, 'trap "echo asked; exit 0" USR1; while :; do sleep 0.05; done']
      lifecycle: {stopSignal: SIGUSR1}`,
    ),
  );
  await eventually(
    () => path('short', '{.status.phase} {.status.reason}'),
    (text) => text === 'Failed DeadlineExceeded',
  );
  expect(await run('logs', 'short', '-c', 'app')).toBe('asked\n');
});
