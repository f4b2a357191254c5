import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient } from '#mesh/istiod/xds/admin-client.ts';
import { Caller } from '#mesh/run/testing/calls.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

const WEB = 'http://web:8000';
const cluster = (version: string) => `cluster.outbound|8000|${version}|web.default.svc.cluster.local;`;

let mesh: StartedMesh;
let caller: Caller;
let sidecar: AdminClient | undefined;

beforeAll(async () => {
  mesh = await startMesh();
  expect((await mesh.apply(manifest('resilience.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  caller = await Caller.of(mesh, 'caller');
  const { adminSocket = '' } = await mesh.client.execTarget({
    name: await podOf('caller-'),
    namespace: 'default',
  });
  sidecar = new AdminClient(adminSocket);
});
afterAll(async () => {
  sidecar?.close();
  await mesh.end();
});

/** All requests to one version, and copies as the rule says; `policy` is the DestinationRule's. */
async function apply({
  policy = '{loadBalancer: {simple: LEAST_REQUEST}}',
  mirror = '',
  version = 'v1',
}): Promise<void> {
  const text = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec:
  host: web
  trafficPolicy: ${policy}
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http: [{route: [{destination: {host: web, subset: ${version}}}], retries: {attempts: 0}${mirror}}]
`;
  expect((await mesh.apply(text, 'web.yaml')).diagnostics).toEqual([]);
}

/** So many requests at the same time, each of which takes long enough to meet the others. */
function together(count: number): Promise<number[]> {
  const call = () => caller.status({ url: `${WEB}/slow?delay=500` });
  return Promise.all(Array.from({ length: count }, call));
}

const overflow = () => stat('upstream_rq_pending_overflow', 'v2');

describe('circuit breaking', () => {
  const policy = '{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}}';

  it('lets as many through as there may be connections and waiting requests', async () => {
    // One replica: Envoy lets every replica have a connection of its own, whatever the limit of all is.
    await apply({ policy, version: 'v2' });
    // A request that waits for the connection to be made would count as waiting.
    expect(await get()).toBe(200);
    expect(await together(2)).toEqual([200, 200]);
    expect(await overflow()).toBe(0);
  });

  it('answers 503 to what is beyond, and counts it under its name in Istio', async () => {
    const statuses = await together(3);
    expect(statuses.sort()).toEqual([200, 200, 503]);
    expect(await overflow()).toBe(1);
    expect((await together(5)).filter((status) => status === 503)).toHaveLength(3);
    expect(await overflow()).toBe(4);
    expect(await stat('circuit_breakers.default.remaining_pending', 'v2')).toBe(1);
  });
});

describe('outlier detection', () => {
  const detection =
    'consecutive5xxErrors: 1, interval: 0.1s, baseEjectionTime: 0.5s, maxEjectionPercent: 100';
  const policy = `{outlierDetection: {${detection}}, loadBalancer: {simple: ROUND_ROBIN}}`;

  it('takes a sick replica out after its first error, and lets it back in', async () => {
    await apply({ policy });
    const [sick = ''] = await replicas('web-v1-');
    await tell(sick, '/become?status=500');
    const statuses = [await get(), await get()];
    expect(statuses.sort()).toEqual([200, 500]);
    expect(await stat('outlier_detection.ejections_total')).toBe(1);
    await tell(sick, '/become?status=200');
    await eventually(
      () => stat('outlier_detection.ejections_active'),
      (active) => active === 0,
    );
    const before = Number(await tell(sick, '/count'));
    await eventually(
      async () => [await get(), Number(await tell(sick, '/count'))],
      ([status, count = 0]) => status === 200 && count > before,
    );
  });

  it('sends nothing to a replica while it is out', async () => {
    await apply({ policy: policy.replace('0.5s', '300s') });
    const [sick = '', well = ''] = await replicas('web-v1-');
    await tell(sick, '/become?status=500');
    expect([await get(), await get()].sort()).toEqual([200, 500]);
    const counts = async () => [Number(await tell(sick, '/count')), Number(await tell(well, '/count'))];
    const [sickBefore = 0, wellBefore = 0] = await counts();
    for (let i = 0; i < 10; i += 1) expect(await get()).toBe(200);
    expect(await counts()).toEqual([sickBefore, wellBefore + 10]);
    // Another replica comes: what has been learnt of the sick one stays.
    const text = manifest('resilience.yaml').replace('replicas: 2', 'replicas: 3');
    expect((await mesh.apply(text)).diagnostics).toEqual([]);
    expect(await mesh.ready()).toBe('ready');
    expect(await replicas('web-v1-')).toHaveLength(3);
    for (let i = 0; i < 10; i += 1) expect(await get()).toBe(200);
    expect((await counts())[0]).toBe(sickBefore);
    await tell(sick, '/become?status=200');
  });
});

describe('mirroring', () => {
  it('copies every request, and answers with the original whatever becomes of the copy', async () => {
    await apply({ mirror: ', mirror: {host: web, subset: v2}, mirrorPercentage: {value: 100}' });
    const [mirror = ''] = await replicas('web-v2-');
    await tell(mirror, '/become?status=500');
    const before = Number(await tell(mirror, '/count'));
    for (let i = 0; i < 10; i += 1)
      expect(await caller.call({ url: WEB })).toEqual({ status: 200, text: 'v1' });
    await eventually(
      async () => Number(await tell(mirror, '/count')) - before,
      (copies) => copies === 10,
    );
  });

  it('copies none at 0 %', async () => {
    await apply({ mirror: ', mirror: {host: web, subset: v2}, mirrorPercentage: {value: 0}' });
    const [mirror = ''] = await replicas('web-v2-');
    const before = await tell(mirror, '/count');
    for (let i = 0; i < 10; i += 1) expect(await get()).toBe(200);
    expect(await tell(mirror, '/count')).toBe(before);
  });

  it('does not notice a mirror that is not there', async () => {
    await apply({ mirror: ', mirror: {host: web, subset: v2}' });
    await mesh.client.delete({
      namespace: 'default',
      objects: [{ kind: 'Deployment', name: 'web-v2', namespace: 'default' }],
    });
    for (let i = 0; i < 10; i += 1) expect(await get()).toBe(200);
  });
});

function get(): Promise<number> {
  return caller.status({ url: WEB });
}

async function stat(name: string, version = 'v1'): Promise<number> {
  const answer = await sidecar?.get('/stats?filter=web.default');
  const line = answer?.text.split('\n').find((one) => one.startsWith(`${cluster(version)}.${name}:`));
  return Number(line?.split(': ')[1] ?? Number.NaN);
}

async function podOf(prefix: string): Promise<string> {
  const names = (await mesh.pods()).map(({ metadata }) => metadata.name);
  return names.find((name) => name.startsWith(prefix)) ?? '';
}

/** The programs' own addresses, past their sidecars. */
async function replicas(prefix: string): Promise<string[]> {
  const { pods } = await mesh.client.overview();
  const model = await mesh.client.mesh();
  return pods
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => model.pods.find((pod) => pod.name === name)?.ports[0]?.appPort)
    .map((port) => `http://127.0.0.1:${port}`);
}

async function tell(program: string, path: string): Promise<string> {
  return (await fetch(`${program}${path}`)).text();
}
