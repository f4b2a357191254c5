import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '#mesh/run/api.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
beforeAll(async () => {
  mesh = await startMesh({}, 'REGISTRY_ONLY', { noStandIns: true });
});
afterAll(() => mesh?.end());

const deployment = (name: string, value: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - {name: app, image: echo, env: [{name: ODD, value: ${JSON.stringify(value)}}]}
`;

interface Status {
  readonly phase: string;
  readonly containerStatuses: readonly { readonly state: Record<string, unknown> }[];
}

const statusOf = (pods: readonly KubernetesObject[], name: string) => {
  const pod = pods.find(({ metadata }) => metadata.labels?.['app'] === name);
  return pod?.['status'] as Status | undefined;
};

test('a pod that cannot be started says why, and everything else goes on', async () => {
  const long = deployment('long', 'x'.repeat(200 * 1024));
  const nul = deployment('nul', 'a\u0000b');
  const { diagnostics, results } = await mesh.apply([long, nul, manifest('echo.yaml')].join('\n---\n'));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(results.length).toBeGreaterThan(3);
  const answer = await eventually(
    () => mesh.get('/').catch(() => ({ status: 0, text: '' })),
    ({ status }) => status === 200,
  );
  expect(answer.text).toBe('v1');
  const pods = await mesh.pods();
  expect(statusOf(pods, 'long')?.containerStatuses[0]?.state).toEqual({
    waiting: {
      reason: 'CreateContainerError',
      message: expect.stringMatching(/^the variable ODD has 204804 bytes, and Linux allows 131071/),
    },
  });
  expect(statusOf(pods, 'nul')?.containerStatuses[0]?.state).toEqual({
    waiting: {
      reason: 'CreateContainerError',
      message: 'the variable ODD contains a NUL character, which cannot be passed to a program: remove it',
    },
  });
  // The next version of the template is what mends it.
  await mesh.apply(deployment('long', 'short'));
  await eventually(
    () => mesh.pods(),
    (now) => 'running' in (statusOf(now, 'long')?.containerStatuses[0]?.state ?? {}),
  );
});

test('a pod whose image nothing plays says what is played, and how to add to it', async () => {
  await mesh.apply(`
apiVersion: v1
kind: Pod
metadata: {name: cart, labels: {app: cart}}
spec: {containers: [{name: app, image: 'shop/cart:1'}]}
`);
  const pods = await eventually(
    () => mesh.pods(),
    (now) => statusOf(now, 'cart')?.containerStatuses !== undefined,
  );
  expect(statusOf(pods, 'cart')?.containerStatuses[0]?.state).toEqual({
    waiting: {
      reason: expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/),
      message: expect.stringMatching(
        /^no program here plays the image shop\/cart:1; the laptop plays .*echo.* and that file in MESH_IMAGES$/,
      ),
    },
  });
});
