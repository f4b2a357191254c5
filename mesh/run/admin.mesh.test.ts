import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { EnvoyStream } from '#mesh/istiod/xds/testing/envoy-stream.ts';
import { adminSocket, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { listening } from '#mesh/run/testing/listening.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  expect((await mesh.apply(manifest('callers.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

const processes = () => mesh.processes().map((line) => ({ pid: Number.parseInt(line, 10), line }));
const envoys = () => processes().filter(({ line }) => line.includes('--config-path'));
const state = () => stateDirectory({ MESH_HOME: mesh.home }, '/');

async function adminUrls(): Promise<string[]> {
  return (await mesh.client.overview()).pods.flatMap(({ adminUrl }) => adminUrl ?? []);
}

describe('the admin interface of an Envoy', () => {
  test('is a Unix socket: an Envoy listens at the ports of its listeners and at no other', async () => {
    const [model, urls] = await Promise.all([mesh.client.mesh(), adminUrls()]);
    const declared = await Promise.all(
      [...urls, ...(model.pods.every(({ sidecar }) => sidecar) ? [] : [kubeProxyUrl(urls[0] ?? '')])].map(
        listeners,
      ),
    );
    const open = listening(envoys().map(({ pid }) => pid));
    expect(open.length).toBeGreaterThan(3);
    expect(places(open)).toEqual([...new Set(declared.flat())].sort());
  });

  test('cannot be told to quit by a page of another site, at whatever port of the mesh', async () => {
    const before = processes();
    const ports = new Set(listening(before.map(({ pid }) => pid)).map(({ port }) => port));
    expect(ports.size).toBeGreaterThan(8);
    const paths = [
      '/quitquitquit',
      ...(await adminUrls()).map((url) => `${new URL(url).pathname}/quitquitquit`),
    ];
    await Promise.all([...ports].flatMap((port) => paths.map((path) => evil(port, path))));
    for (const url of await adminUrls()) {
      expect(await (await fetch(`${url}/server_info`)).json()).toMatchObject({ state: 'LIVE' });
      expect((await fetch(`${url}/ready`)).status).toBe(200);
    }
    expect(processes()).toEqual(before);
    const { pods } = await mesh.client.overview();
    expect(pods.filter(({ restarts }) => restarts > 0)).toEqual([]);
  });

  test('shows no private key, which the socket for configuration hands to whoever may open it', async () => {
    const pod = (await mesh.client.mesh()).pods.find(({ sidecar }) => sidecar);
    const key = await keyOf(pod?.name ?? '');
    const encoded = Buffer.from(key).toString('base64');
    expect(key).toMatch(/^-----BEGIN (EC )?PRIVATE KEY-----/);
    const secretLines = key.split('\n').slice(1, 3);
    for (const url of await adminUrls()) {
      const dump = await (await fetch(`${url}/config_dump?include_eds`)).text();
      expect(dump).toContain('tls_certificate');
      expect(dump).not.toContain(encoded.slice(60, 120));
      for (const line of secretLines) {
        expect(dump).not.toContain(line);
        expect(dump).not.toContain(Buffer.from(line).toString('base64').slice(2, 40));
      }
      const shown = [...dump.matchAll(/"private_key": \{\s*"\w+": "([^"]*)"/g)].map(
        ([, value = '']) => value,
      );
      expect(shown.length).toBeGreaterThan(0);
      const redacted = ['[redacted]', Buffer.from('[redacted]').toString('base64')];
      expect(shown.filter((value) => !redacted.includes(value))).toEqual([]);
    }
  });
});

describe('nobody else on the machine', () => {
  test('reaches a port of the mesh from outside: all are at loopback', () => {
    const open = listening(processes().map(({ pid }) => pid));
    expect(open.filter(({ address }) => !address.startsWith('127.'))).toEqual([]);
  });

  test('can look into its files: folders are 0700, and of files and sockets nobody else may do anything', () => {
    const modes = (path: string): [string, string][] => {
      const status = lstatSync(path);
      const children = status.isDirectory()
        ? readdirSync(path).flatMap((name) => modes(join(path, name)))
        : [];
      return [[path, `${status.isDirectory() ? 'd' : '-'}${(status.mode & 0o777).toString(8)}`], ...children];
    };
    const found = modes(mesh.home);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(([, mode]) => !['d700', '-700', '-600'].includes(mode))).toEqual([]);
    expect(found.map(([path]) => path)).toEqual(
      expect.arrayContaining([state().socket, state().xdsSocket, state().log, state().adminSockets]),
    );
  });
});

test('a project in a folder with a long name has a mesh all the same', async () => {
  const home = join(mesh.home, 'long'.repeat(30));
  const itsState = stateDirectory({ MESH_HOME: home }, '/');
  const second = await startMesh({ MESH_HOME: home });
  try {
    await second.apply(manifest('echo.yaml'));
    expect(await second.ready()).toBe('ready');
    expect((await second.get('/')).status).toBe(200);
    const { pods } = await second.client.overview();
    const sockets = pods.map(({ name, namespace }) =>
      basename(adminSocket(itsState, `${name}.${namespace}`)),
    );
    expect(readdirSync(itsState.adminSockets)).toEqual(expect.arrayContaining(sockets));
    for (const { adminUrl } of pods) expect((await fetch(`${adminUrl}/ready`)).status).toBe(200);
  } finally {
    await second.end();
    rmSync(dirname(itsState.socket), { recursive: true });
    rmSync(home, { recursive: true });
  }
});

/** `address:port` of what an Envoy says it listens at. */
async function listeners(url: string): Promise<string[]> {
  const { listener_statuses = [] } = (await (await fetch(`${url}/listeners?format=json`)).json()) as {
    listener_statuses?: { local_address: { socket_address?: { address: string; port_value: number } } }[];
  };
  return listener_statuses.flatMap(({ local_address: { socket_address: at } }) =>
    at ? [`${at.address}:${at.port_value}`] : [],
  );
}

function places(open: readonly { address: string; port: number }[]): string[] {
  return [...new Set(open.map(({ address, port }) => `${address}:${port}`))].sort();
}

function kubeProxyUrl(other: string): string {
  return new URL('/envoy/kube-system/kube-proxy', other).href;
}

/** As a web page could: resolves when the connection has ended, with whatever answer. */
function evil(port: number, path: string): Promise<void> {
  const headers = { origin: 'http://evil.example', host: `localhost:${port}`, connection: 'close' };
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false });
    call.on('response', (response) => response.resume()).on('error', () => resolve());
    call.on('close', () => resolve()).setTimeout(2_000, () => call.destroy());
    call.end();
  });
}

/** The key of a pod's identity, as any process of the user can ask for it (SECURITY.md). */
/** The private key of a pod, in PEM, as whoever may open the socket gets it. */
async function keyOf(pod: string): Promise<string> {
  const envoy = new EnvoyStream(state().xdsSocket);
  onTestFinished(() => envoy.end());
  envoy.say({
    node: { id: `sidecar~127.0.0.1~${pod}.default~default.svc.cluster.local` },
    type_url: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
    resource_names_subscribe: ['default'],
  });
  const { resources } = await envoy.next();
  const text = Buffer.from(resources[0]?.resource.value ?? '').toString('latin1');
  return /-----BEGIN (EC )?PRIVATE KEY-----[^-]+-----END (EC )?PRIVATE KEY-----/.exec(text)?.[0] ?? '';
}
