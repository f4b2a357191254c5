import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PortForward,
  type V1ConfigMap,
  type V1Container,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { startDroppingProxy } from '#test/clients/dropping-proxy.ts';

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/configmaps`;
let mesh: StartedMesh;
let config: KubeConfig;
let api: CoreV1Api;

beforeAll(async () => {
  mesh = await startMesh({ MESH_IMAGES: join(import.meta.dirname, 'images.yaml') });
  config = configOf();
  api = config.makeApiClient(CoreV1Api);
});

afterAll(() => mesh?.end());

/** The mesh's kubeconfig, for a server at another port where one is given. */
function configOf(port?: number): KubeConfig {
  const loaded = new KubeConfig();
  loaded.loadFromFile(join(mesh.home, 'kubeconfig'));
  const cluster = loaded.getCurrentCluster();
  if (port !== undefined && cluster) {
    loaded.clusters = [{ ...cluster, server: `https://127.0.0.1:${port}` }];
  }
  return loaded;
}

function configMap(name: string, labels: Record<string, string> = {}): V1ConfigMap {
  return { metadata: { name, labels }, data: {} };
}

/** Resolves when the pod is ready. */
async function runPod(name: string, container: Omit<V1Container, 'name'>): Promise<void> {
  const body = { metadata: { name }, spec: { containers: [{ name: 'main', ...container }] } };
  await api.createNamespacedPod({ namespace, body });
  await vi.waitFor(async () => {
    const { status } = await api.readNamespacedPod({ namespace, name });
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  }, 60_000);
}

it('lists in pages', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) {
    await api.createNamespacedConfigMap({ namespace, body: configMap(name, { set: 'pages' }) });
  }
  const labelSelector = 'set=pages';
  const first = await api.listNamespacedConfigMap({ namespace, labelSelector, limit: 2 });
  expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['page-a', 'page-b']);
  const { _continue = '' } = first.metadata ?? {};
  const rest = await api.listNamespacedConfigMap({ namespace, labelSelector, limit: 2, _continue });
  expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['page-c']);
});

it('watches', async () => {
  const seen: string[] = [];
  const watch = await new Watch(config).watch(
    ...([path, { labelSelector: 'set=watched' }] as const),
    (phase, object: V1ConfigMap) => seen.push(`${phase} ${object.metadata?.name}`),
    () => {},
  );
  await api.createNamespacedConfigMap({ namespace, body: configMap('watched', { set: 'watched' }) });
  await api.deleteNamespacedConfigMap({ namespace, name: 'watched' });
  await vi.waitFor(() => expect(seen).toEqual(['ADDED watched', 'DELETED watched']));
  watch.abort();
});

it('is informed although connections drop', async () => {
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const proxy = await startDroppingProxy(Number(server.port));
  const through = configOf(proxy.port);
  const list = () =>
    through.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace, labelSelector: 'set=informed' });
  const informer = makeInformer(through, path, list, 'set=informed');
  const known = () => informer.list().map(({ metadata }) => metadata?.name);
  informer.on('error', () => informer.start());
  await informer.start();
  await api.createNamespacedConfigMap({ namespace, body: configMap('before', { set: 'informed' }) });
  await vi.waitFor(() => expect(known()).toEqual(['before']));

  expect(proxy.drop()).toBeGreaterThan(0);
  await api.createNamespacedConfigMap({ namespace, body: configMap('after', { set: 'informed' }) });
  await api.deleteNamespacedConfigMap({ namespace, name: 'before' });
  await vi.waitFor(() => expect(known()).toEqual(['after']));
  await informer.stop();
  await proxy.close();
});

it('runs commands, and learns how they end', async () => {
  await runPod('commands', { image: 'busybox', command: ['sh', '-c', 'exec sleep 1000000'] });
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const status = new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec(
        ...([namespace, 'commands', 'main'] as const),
        ['sh', '-c', 'cat; echo no >&2; exit 5'],
        ...([output, errors, Readable.from(['words']), false, resolve] as const),
      )
      .catch(reject);
  });
  const { status: result, details } = await status;
  expect([result, details?.causes?.[0]?.message]).toEqual(['Failure', '5']);
  output.end();
  errors.end();
  expect([await text(output), await text(errors)]).toEqual(['words', 'no\n']);
});

it('follows a log from its beginning', async () => {
  const command = ['sh', '-c', 'echo one; while true; do sleep 0.1; echo two; done'];
  await runPod('talker', { image: 'busybox', command });
  const lines = new PassThrough();
  // The client leaves the error of its own abort to nobody.
  const aborted = new Promise<Error>((resolve) =>
    lines.once('pipe', (source) => source.once('error', resolve)),
  );
  const following = await new Log(config).log(namespace, 'talker', 'main', lines, { follow: true });
  const [first] = (await once(lines, 'data')) as [Buffer];
  expect(String(first)).toMatch(/^one\n/);
  const [later] = (await once(lines, 'data')) as [Buffer];
  expect(String(later)).toMatch(/^two\n/);
  following.abort();
  expect((await aborted).name).toBe('AbortError');
});

it('forwards ports', async () => {
  await runPod('echo', {
    ...{ image: 'mesh101/tcp-echo', args: ['9000', 'hello'], ports: [{ containerPort: 9000 }] },
    // Without it, the pod is ready before its program listens.
    readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 1 },
  });
  const forward = new PortForward(config);
  const server = createServer((socket) => {
    const errors = new PassThrough().on('data', (message) => socket.destroy(new Error(String(message))));
    const fail = (error: Error) => socket.destroy(error);
    forward.portForward(namespace, 'echo', [9000], socket, errors, socket).catch(fail);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('words\n');
  const [first] = await socket.take(1).toArray();
  expect(String(first)).toBe('hello words\n');
  server.close();
});
