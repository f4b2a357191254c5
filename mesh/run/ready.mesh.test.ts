import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
const [, v1 = ''] = manifest('echo.yaml').split('---');
const scaled = (replicas: number) => v1.replace('spec:', `spec:\n  replicas: ${replicas}`);

/** Where somebody may look for "ready", each with the number of pods of v1 that are. */
const signs: Readonly<Record<string, () => Promise<number>>> = {
  'the condition Ready': async () => (await ownPods()).filter(({ status }) => isTrue(status, 'Ready')).length,
  'the column READY': async () =>
    (await ownPods()).filter(({ status }) => status.containerStatuses.every(({ ready }) => ready)).length,
  'the Deployment': async () => {
    const found = await mesh.client.objects({ kind: 'Deployment', namespace: 'default' });
    const deployment = found.find(({ metadata }) => metadata.name === 'echo-v1');
    const status = deployment?.['status'] as { readyReplicas: number } | undefined;
    return status?.readyReplicas ?? 0;
  },
  'the ReplicaSets': async () => {
    const found = await mesh.client.objects({ kind: 'ReplicaSet', namespace: 'default' });
    const own = found.filter(({ metadata }) => metadata.name.startsWith('echo-v1-'));
    return sum(own.map(({ status }) => (status as { readyReplicas: number }).readyReplicas));
  },
  'the Endpoints': async () => {
    const [found] = await mesh.client.objects({ kind: 'Endpoints', namespace: 'default' });
    const subsets = (found?.['subsets'] ?? []) as readonly { readonly addresses?: unknown }[];
    // Pods that are not ready have a list of their own there.
    const ready = subsets.map(({ addresses }) => addresses);
    return JSON.stringify(ready).split('"name":"echo-v1-').length - 1;
  },
  'the overview': async () => {
    const { pods } = await mesh.client.overview();
    return pods.filter(({ name, ready }) => name.startsWith('echo-v1-') && ready === '2/2').length;
  },
};

interface PodStatus {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses: readonly { readonly ready: boolean }[];
}

async function ownPods() {
  const pods = (await mesh.pods()).filter(({ metadata }) => metadata.name.startsWith('echo-v1-'));
  return pods.map(({ status }) => ({ status: status as PodStatus }));
}

function isTrue({ conditions }: PodStatus, type: string): boolean {
  return conditions.find((condition) => condition.type === type)?.status === 'True';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

beforeAll(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

test('whoever has seen a new pod ready, by whatever sign, is answered', async () => {
  for (let round = 0; round < 6; round += 1) {
    await mesh.apply(scaled(0));
    await until(async () => (await ownPods()).length === 0);
    await mesh.apply(scaled(1));
    const seen = await firstSign();
    expect([seen, (await mesh.get('/')).text]).toEqual([seen, 'v1']);
  }
});

test('whoever has seen a restarted program ready is answered', async () => {
  for (let round = 0; round < 3; round += 1) {
    const before = await restarts();
    await mesh.get('/crash');
    await until(async () => (await restarts()) > before);
    const seen = await firstSign();
    expect([seen, (await mesh.get('/')).text]).toEqual([seen, 'v1']);
  }
});

/** The first sign by which a pod of v1 is ready. */
async function firstSign(): Promise<string> {
  for (;;) {
    for (const [sign, readyPods] of Object.entries(signs)) {
      if ((await readyPods()) === 1) return sign;
    }
  }
}

async function restarts(): Promise<number> {
  const pods = (await mesh.client.overview()).pods.filter(({ name }) => name.startsWith('echo-v1-'));
  return sum(pods.map((pod) => pod.restarts));
}

/** Asks without a pause: what is wrong for a few milliseconds is to be seen. The test's own time-out ends it. */
async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is()));
}
