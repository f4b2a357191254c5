import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootstrap, envoyArguments, nodeId } from '#mesh/istiod/envoy/bootstrap.ts';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import { AdminClient } from '#mesh/istiod/xds/admin-client.ts';
import { XdsServer } from '#mesh/istiod/xds/xds-server.ts';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';

const proxy = { role: 'kube-proxy', kubeProxy: { outboundPorts: {}, nodePorts: [] } } as const;
const NODE = nodeId(proxy as never);
const config = (clusters: readonly string[]): EnvoyConfig => ({
  listeners: [],
  clusters: clusters.map((name) => ({ name, type: 'STATIC', connect_timeout: '1s' })),
  endpoints: {},
  routes: {},
  secrets: [],
});

let folder = '';
let server: XdsServer;
let admin: AdminClient;
let envoy: ReturnType<typeof spawn>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-xds-'));
  server = await listening();
  const adminSocket = join(folder, 'admin.sock');
  admin = new AdminClient(adminSocket);
  const options = { proxy: proxy as never, xdsSocket: server.socket, adminSocket };
  writeFileSync(join(folder, 'bootstrap.json'), JSON.stringify(bootstrap(options)));
  const binary = await envoyBinary({ env: process.env });
  envoy = spawn(binary, envoyArguments({ bootstrap: 'bootstrap.json' }), { cwd: folder, stdio: 'ignore' });
});

afterEach(async () => {
  const ended = once(envoy, 'exit');
  envoy.kill();
  await ended;
  admin.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test('an Envoy comes back to a runner that begins anew, and forgets what has gone meanwhile', async () => {
  const before = server.open(NODE);
  before.offer(config(['a', 'b']), '1');
  expect(await before.settled(AbortSignal.timeout(60_000))).toBeUndefined();
  server.close();
  server = await listening();
  const after = server.open(NODE);
  after.offer(config(['b', 'c']), '1');
  expect(await after.settled(AbortSignal.timeout(60_000))).toBeUndefined();
  const { text } = await admin.get('/clusters');
  const names = text.split('\n').map((line) => line.split('::')[0]);
  expect([...new Set(names)].filter((name) => name && name !== 'xds')).toEqual(['b', 'c']);
});

test('an Envoy says itself why it refuses a cluster', async () => {
  const offered = server.open(NODE);
  const wrong = config(['a']).clusters.map((cluster) => ({ ...cluster, connect_timeout: '0s' as const }));
  offered.offer({ ...config([]), clusters: wrong }, '1');
  expect(await offered.settled(AbortSignal.timeout(60_000))).toContain('connect_timeout');
});

async function listening(): Promise<XdsServer> {
  const problems: string[] = [];
  const one = new XdsServer(join(folder, 'xds.sock'), (problem) => problems.push(problem));
  await one.listen();
  return one;
}
