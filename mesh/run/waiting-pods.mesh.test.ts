import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let kubectl: ReturnType<typeof kubectlOf>;
beforeAll(async () => {
  mesh = await startMesh();
  kubectl = kubectlOf(mesh);
});
afterAll(() => mesh?.end());

const deployment = (name: string, { container = '', pod = '' }: { container?: string; pod?: string }) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: app, image: echo, ports: [{containerPort: 8080}]${container}}]
      ${pod}
`;
const object = (kind: string, name: string, rest: string) =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`;

const waiting = '{.items[*].status.containerStatuses[0].state.waiting}';
const unscheduled = '{.items[*].status.conditions[?(@.type=="PodScheduled")]}';
const path = (app: string, what: string) => async () =>
  (await kubectl.run('get', 'pods', '-l', `app=${app}`, '-o', `jsonpath=${what}`)).out;

test.each([
  {
    name: 'variable',
    wants: { container: ', env: [{name: A, valueFrom: {configMapKeyRef: {name: config, key: a}}}]' },
    where: waiting,
    says: '"message":"configmap \\"config\\" not found","reason":"CreateContainerConfigError"',
    event: 'Error: configmap "config" not found',
    brings: object('ConfigMap', 'config', 'data: {a: b}'),
  },
  {
    name: 'key',
    wants: { container: ', env: [{name: A, valueFrom: {configMapKeyRef: {name: config, key: other}}}]' },
    where: waiting,
    says: `"message":"couldn't find key other in ConfigMap default/config","reason":"CreateContainerConfigError"`,
    event: "Error: couldn't find key other in ConfigMap default/config",
    brings: object('ConfigMap', 'config', 'data: {a: b, other: c}'),
  },
  {
    name: 'all',
    wants: { container: ', envFrom: [{secretRef: {name: secret}}]' },
    where: waiting,
    says: '"message":"secret \\"secret\\" not found","reason":"CreateContainerConfigError"',
    event: 'Error: secret "secret" not found',
    brings: object('Secret', 'secret', 'stringData: {a: b}'),
  },
  {
    name: 'files',
    wants: { pod: 'volumes: [{name: v, configMap: {name: files}}]' },
    where: waiting,
    says: '{"reason":"ContainerCreating"}',
    event: 'MountVolume.SetUp failed for volume "v" : configmap "files" not found',
    brings: object('ConfigMap', 'files', 'data: {a: b}'),
  },
  {
    name: 'claim',
    wants: { pod: 'volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]' },
    where: unscheduled,
    says: 'persistentvolumeclaim \\"claim\\" not found.","reason":"Unschedulable"',
    event: '0/1 nodes are available: persistentvolumeclaim "claim" not found.',
    brings: object(
      'PersistentVolumeClaim',
      'claim',
      'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}',
    ),
  },
])(
  'a pod waits for its $name, says so, and starts when it comes',
  async ({ name, wants, where, says, event, brings }) => {
    expect((await kubectl.apply(deployment(name, wants))).code).toBe(0);
    await eventually(path(name, where), (text) => text.includes(says));
    const { out } = await kubectl.run('get', 'events', '-o', 'jsonpath={.items[*].message}');
    expect(out).toContain(event);
    expect((await kubectl.apply(brings)).code).toBe(0);
    await eventually(path(name, '{.items[*].status.phase}'), (phase) => phase === 'Running');
  },
);

test('a pod is not made before its service account, and is at once when that comes', async () => {
  expect((await kubectl.apply(deployment('account', { pod: 'serviceAccountName: late' }))).code).toBe(0);
  const failures = () => kubectl.run('get', 'events', '--field-selector', 'reason=FailedCreate');
  const { out } = await eventually(failures, (found) => found.out.includes('FailedCreate'));
  expect(out).toContain('error looking up service account default/late: serviceaccount "late" not found');
  expect(await path('account', '{.items}')()).toBe('[]');
  expect((await kubectl.apply(object('ServiceAccount', 'late', ''))).code).toBe(0);
  await eventually(path('account', '{.items[*].status.phase}'), (phase) => phase === 'Running');
});
