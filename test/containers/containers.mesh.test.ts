import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { Caller } from '#mesh/run/testing/calls.ts';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

/** What the stub of docker in this folder has been asked, and holds. */
const state = mkdtempSync(join(tmpdir(), 'mesh101-docker-'));
const PATH = [import.meta.dirname, dirname(nodeExecutable), process.env['PATH']].join(':');

let mesh: StartedMesh;
let caller: Caller;
beforeAll(async () => {
  const variables = { PATH, STUB_STATE: state };
  mesh = await startMesh(variables, 'REGISTRY_ONLY', { containers: 'any' });
  await mesh.apply(
    [callers, app('cart', 'shop/cart:1.4', cartFields), app('db', 'shop/db:2')].join('\n---\n'),
  );
  expect(await mesh.ready()).toBe('ready');
  caller = await Caller.of(mesh, 'client');
}, 300_000);
afterAll(async () => {
  await mesh?.end();
  rmSync(state, { recursive: true, force: true });
});

const app = (name: string, image: string, more = '') => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, version: v1}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "${image}"${more}}]`;

const callers = app('client', 'curlimages/curl', ', command: [sleep, "9"]');
const cartFields =
  `, ports: [{containerPort: 8080}], command: [/serve, "--as=$(NAME)"], args: [now], workingDir: /app
, env: [{name: NAME, value: cart}, {name: PATH, value: /opt/bin}, {name: TEXT, value: "two\\nlines"}]
, securityContext: {runAsUser: 1000, runAsGroup: 3000}
, readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
, livenessProbe: {exec: {command: [sh, -c, "test $NAME = cart"]}, periodSeconds: 1}`.replaceAll('\n', '');

interface Answer {
  readonly container: string;
  readonly env: Readonly<Record<string, string>>;
  readonly given: readonly string[];
  readonly options: Readonly<Record<string, readonly string[]>>;
}

const ask = async (url: string) => JSON.parse((await caller.call({ url })).text) as Answer;
const pods = async (name: string) =>
  (await mesh.client.overview()).pods.filter((pod) => pod.name.startsWith(`${name}-`));
const kubectl = (...words: string[]) => kubectlOf(mesh).run(...words);

test('runs the image itself, as its manifest says, where no program here plays it', async () => {
  const { env, given, options } = await ask('http://cart/');
  expect(options).toMatchObject({
    '--publish': [expect.stringMatching(/^127\.0\.0\.1:\d+:8080$/)],
    ...{ '--entrypoint': ['/serve'], '--workdir': ['/app'], '--user': ['1000:3000'] },
  });
  expect(given).toEqual(['--as=cart', 'now']);
  expect(env).toMatchObject({ NAME: 'cart', PATH: '/opt/bin', TEXT: 'two\nlines' });
  expect(env).not.toHaveProperty('HOME');
  expect((await pods('cart')).map(({ playedBy, ready }) => [ready, playedBy])).toEqual([['2/2', ['docker']]]);
  expect((await pods('client'))[0]?.playedBy).toEqual(['tail']);
});

test('leads what the container calls through its sidecar, with its identity', async () => {
  const { text } = await caller.call({ url: `http://cart/call?url=${encodeURIComponent('http://db/')}` });
  expect(JSON.parse(text)).toMatchObject({ image: 'shop/db:2' });
  const { env } = await ask('http://cart/');
  expect(env['HTTP_PROXY']).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
  expect((await caller.call({ url: `http://cart/call?url=http://nowhere.example/` })).text).toBe('');
});

test('opens no such way for pods whose programs run on this machine', async () => {
  const [pod] = (await mesh.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'client');
  const target = await mesh.client.execTarget({ name: pod?.metadata.name ?? '', namespace: 'default' });
  const { port } = new URL(target.env['HTTP_PROXY'] ?? '');
  const socket = connect(Number(port), '127.0.0.2');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

test('logs and exec are those of the container', async () => {
  expect((await kubectl('logs', 'deploy/cart', '-c', 'app')).out).toBe('shop/cart:1.4 runs\n');
  const inside = await kubectl('exec', 'deploy/cart', '-c', 'app', '--', 'sh', '-c', 'echo $NAME; exit 7');
  expect([inside.code, inside.out]).toEqual([7, 'cart\n']);
});

test('a container that ends starts again, and its exit code is told', async () => {
  await caller.call({ url: 'http://cart/exit/3' }).catch(() => undefined);
  await expect.poll(async () => (await pods('cart'))[0]?.restarts, { timeout: 30_000 }).toBe(1);
  await expect.poll(async () => (await pods('cart'))[0]?.ready, { timeout: 30_000 }).toBe('2/2');
  const code = '{.items[0].status.containerStatuses[0].lastState.terminated.exitCode}';
  const shown = await kubectl('get', 'pods', '-l', 'app=cart', '-o', `jsonpath=${code}`);
  expect(shown.out).toBe('3');
});

test('an image that cannot be pulled is ImagePullBackOff with what docker says, until it can', async () => {
  await mesh.apply(app('pay', 'private/pay:1'));
  const waiting = async () => {
    const path = 'jsonpath={.items[0].status.containerStatuses[0].state.waiting}';
    return (await kubectl('get', 'pods', '-l', 'app=pay', '-o', path)).out;
  };
  await expect.poll(waiting, { timeout: 30_000 }).toContain('pull access denied for private/pay:1');
  await expect.poll(waiting, { timeout: 30_000 }).toContain('ImagePullBackOff');
  writeFileSync(join(state, 'logged-in'), '');
  await expect.poll(async () => (await pods('pay'))[0]?.ready, { timeout: 60_000 }).toBe('2/2');
});

test('a container that docker does not start waits with CreateContainerError', async () => {
  await mesh.apply(app('broken', 'broken/app:1'));
  const waiting = 'jsonpath={.items[0].status.containerStatuses[0].state.waiting}';
  const shown = async () => (await kubectl('get', 'pods', '-l', 'app=broken', '-o', waiting)).out;
  const why = '"message":"docker: Error response from daemon: no space left","reason":"CreateContainerError"';
  await expect.poll(shown, { timeout: 30_000 }).toContain(why);
  await kubectl('delete', 'deployment', 'broken');
});

test('ends with its pod, by SIGTERM, and nothing is left when the mesh ends', async () => {
  const containers = () => readdirSync(join(state, 'containers'));
  const before = containers().filter((name) => name.startsWith('mesh101-db-'));
  expect(before).toHaveLength(1);
  await kubectl('delete', 'deployment', 'db');
  await expect.poll(() => containers().filter((name) => name.startsWith('mesh101-db-'))).toEqual([]);
  // As if the machine had lost power: no process is left, but the engine still has the container.
  writeFileSync(join(state, 'containers/left'), JSON.stringify({ pid: 2 ** 22, label: mesh.home }));
  await mesh.client.shutdown();
  await mesh.ended;
  expect(containers().filter((name) => name !== 'left')).toEqual([]);
  const calls = readFileSync(join(state, 'calls'), 'utf8');
  expect(calls).toContain('["ps","--all","--quiet","--filter","label=mesh101.mesh=');
  expect(existsSync(join(state, 'containers/left'))).toBe(false);
});
