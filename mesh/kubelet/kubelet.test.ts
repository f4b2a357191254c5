import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Api } from '#mesh/apiserver/api.ts';
import { typeOf } from '#mesh/controllers/workload.ts';
import { resourcesIn } from '#mesh/istiod/config/resources.ts';
import { Kubelet } from '#mesh/kubelet/kubelet.ts';
import { created, type FakeFactory, fakeFactory, installedApi } from '#mesh/run/testing/fake-pods.ts';

interface PodStatus {
  readonly phase: string;
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses: readonly Readonly<Record<string, unknown>>[];
}

let api: Api;
let factory: FakeFactory;
let kubelet: Kubelet;
let changes: number;
let problems: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  api = await installedApi();
  await created(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await created(api, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }, 'shop');
  factory = fakeFactory();
  changes = 0;
  problems = [];
  kubelet = new Kubelet({
    ...{ api, factory },
    onChange: () => {
      changes += 1;
    },
    onProblem: (problem) => problems.push(problem),
  });
  await sync();
  factory.made.length = 0;
});
afterEach(() => void vi.useRealTimers());

const sync = () => kubelet.sync(resourcesIn(api.store));

function pod(name: string, spec: object = {}) {
  const containers = [{ name: 'web', image: 'web:1' }];
  const draft = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } };
  return created(api, draft, 'shop');
}

const stored = (name: string) => api.store.get('pods', { namespace: 'shop', name });
const statusOf = (name: string) => stored(name)?.['status'] as PodStatus;
const conditionOf = (name: string, type: string) =>
  statusOf(name).conditions.find((condition) => condition.type === type)?.status;
const remove = (name: string, gracePeriodSeconds?: number) =>
  api.delete(
    typeOf(api, 'pods'),
    { namespace: 'shop', name },
    { manager: 'test', ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }) },
  );
const reasons = () =>
  api.store.list('events', 'shop').map((event) => `${event['reason']} ${event['message']}`);

test('a new pod is made and started once, and its status says how it is', async () => {
  await pod('web-1');
  const { created: made } = await sync();
  expect(made.map(({ plan }) => plan.name)).toEqual(['web-1']);
  expect((await sync()).created).toEqual([]);
  const [fake] = factory.made;
  expect(fake?.history).toEqual(['start']);
  await kubelet.report();
  expect(statusOf('web-1')).toMatchObject({ phase: 'Running', podIP: '10.244.0.9' });
  expect(conditionOf('web-1', 'Ready')).toBe('False');
  if (fake?.containers[0]) fake.containers[0].ready = true;
  await kubelet.report();
  expect(conditionOf('web-1', 'Ready')).toBe('True');
  const before = stored('web-1');
  await kubelet.report();
  expect(stored('web-1')).toBe(before);
});

test('a status that says "ready" is taken back as soon as it is not so, and given again only with a report', async () => {
  await pod('web-1');
  await sync();
  const [fake] = factory.made;
  const [running] = kubelet.pods;
  const [container] = fake?.containers ?? [];
  if (!container || !running) throw new Error('no pod');
  container.ready = true;
  await kubelet.report();
  expect(conditionOf('web-1', 'Ready')).toBe('True');
  container.exit(1, 'waiting');
  await kubelet.takeBack(running);
  expect(conditionOf('web-1', 'Ready')).toBe('False');
  expect(statusOf('web-1').containerStatuses).toMatchObject([{ ready: false }]);
  container.ready = true;
  await kubelet.takeBack(running);
  expect(conditionOf('web-1', 'Ready')).toBe('False');
});

test('what happens to a pod is told in events', async () => {
  await pod('web-1');
  await sync();
  await vi.waitFor(() => expect(reasons()).toHaveLength(4));
  expect(new Set(reasons())).toEqual(
    new Set([
      'Scheduled Successfully assigned shop/web-1 to laptop',
      'Pulled A program of this machine plays the image "web:1"',
      'Created Created container: web',
      'Started Started container web',
    ]),
  );
});

test('a pod that is deleted is not ready at once, ends when it is told to, and leaves the store with its last process', async () => {
  await pod('web-1');
  await sync();
  const [fake] = factory.made;
  await remove('web-1');
  expect(stored('web-1')?.metadata.deletionTimestamp).toBeDefined();
  const { retired } = await sync();
  // Between these two, callers are told of it.
  expect(retired.map(({ plan }) => plan.name)).toEqual(['web-1']);
  expect(fake?.history).toEqual(['start', 'retire']);
  expect((await sync()).retired).toEqual([]);
  kubelet.end(retired);
  expect(fake?.history).toEqual(['start', 'retire', 'stop']);
  expect(stored('web-1')).toBeDefined();
  expect(factory.released).toEqual([]);
  const before = changes;
  fake?.ended();
  await vi.waitFor(() => expect(stored('web-1')).toBeUndefined());
  expect(factory.released).toEqual(['web-1']);
  expect(kubelet.pods.some(({ plan }) => plan.name === 'web-1')).toBe(false);
  await vi.waitFor(() => expect(changes).toBeGreaterThan(before));
});

test('a pod that is deleted by force is gone at once, and its processes end without their hooks', async () => {
  await pod('web-1');
  await sync();
  await remove('web-1', 0);
  expect(stored('web-1')).toBeUndefined();
  const { retired } = await sync();
  kubelet.end(retired);
  expect(factory.made[0]?.history).toEqual(['start', 'retire', 'stop in a hurry']);
});

test('a pod of the same name is another pod: the old one ends, the new one is made', async () => {
  await pod('db-0');
  await sync();
  await remove('db-0', 0);
  await pod('db-0');
  const { created: made, retired } = await sync();
  expect(made).toHaveLength(1);
  expect(retired).toHaveLength(1);
  expect(made[0]?.plan.uid).not.toBe(retired[0]?.plan.uid);
  kubelet.end(retired);
  factory.made[0]?.ended();
  await vi.waitFor(() => expect(factory.released).toEqual(['db-0']));
  // The end of the old one takes nothing from the new one.
  expect(stored('db-0')?.metadata.uid).toBe(made[0]?.plan.uid);
});

test('a pod that is deleted before it was made has nothing to wait for', async () => {
  factory.unknown.add('web:1');
  await pod('web-1');
  await sync();
  await remove('web-1');
  await sync();
  expect(stored('web-1')).toBeUndefined();
  expect(kubelet.failures).toEqual([]);
});

test('an image that nobody has is tried again, less and less often, and the pod says why it waits', async () => {
  factory.unknown.add('web:1');
  await pod('web-1');
  await pod('other', { containers: [{ name: 'web', image: 'other:1' }] });
  expect((await sync()).created.map(({ plan }) => plan.name)).toEqual(['other']);
  await kubelet.report();
  expect(statusOf('web-1')).toMatchObject({
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'web',
        ready: false,
        state: { waiting: { reason: 'ErrImagePull', message: 'no program here plays the image web:1' } },
      },
    ],
  });
  expect(kubelet.failures).toEqual(['pod web-1 does not start: no program here plays the image web:1']);
  expect(problems).toHaveLength(1);
  // Not before its time.
  expect((await sync()).created).toEqual([]);
  const before = changes;
  await vi.advanceTimersByTimeAsync(200);
  expect(changes).toBe(before + 1);
  await sync();
  await kubelet.report();
  expect(statusOf('web-1').containerStatuses[0]).toMatchObject({
    state: { waiting: { reason: 'ImagePullBackOff' } },
  });
  await vi.advanceTimersByTimeAsync(200);
  expect(changes).toBe(before + 1);
  factory.unknown.clear();
  await vi.advanceTimersByTimeAsync(200);
  expect(changes).toBe(before + 2);
  expect((await sync()).created.map(({ plan }) => plan.name)).toEqual(['web-1']);
  expect(kubelet.failures).toEqual([]);
  await kubelet.report();
  expect(statusOf('web-1').phase).toBe('Running');
});

test('a pod whose programs have all ended well has succeeded, and is not made again', async () => {
  await pod('once', { restartPolicy: 'Never' });
  await sync();
  factory.made[0]?.containers[0]?.exit(0, 'ended');
  await kubelet.report();
  expect(statusOf('once')).toMatchObject({
    phase: 'Succeeded',
    containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
  });
  expect(factory.made[0]?.history).toContain('end proxy');
  const next = new Kubelet({ api, factory, onChange: () => {}, onProblem: () => {} });
  const { created: made } = await next.sync(resourcesIn(api.store));
  expect(made.map(({ plan }) => plan.name)).not.toContain('once');
});

test('a pod of which one program has failed has failed', async () => {
  await pod('once', {
    restartPolicy: 'Never',
    containers: [
      { name: 'a', image: 'web:1' },
      { name: 'b', image: 'web:1' },
    ],
  });
  await sync();
  factory.made[0]?.containers[0]?.exit(0, 'ended');
  await kubelet.report();
  expect(statusOf('once').phase).toBe('Running');
  factory.made[0]?.containers[1]?.exit(3, 'ended');
  await kubelet.report();
  expect(statusOf('once')).toMatchObject({
    phase: 'Failed',
    containerStatuses: [
      { name: 'a' },
      { name: 'b', state: { terminated: { exitCode: 3, reason: 'Error' } } },
    ],
  });
});

test('a program that is started again after a failure waits in CrashLoopBackOff, and its pod runs', async () => {
  await pod('once', { restartPolicy: 'OnFailure' });
  await sync();
  factory.made[0]?.containers[0]?.exit(1, 'waiting');
  await kubelet.report();
  expect(statusOf('once')).toMatchObject({
    phase: 'Running',
    containerStatuses: [
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1 } } },
    ],
  });
});

test('when everything ends, no pod leaves the store and none is tried again', async () => {
  factory.unknown.add('late:1');
  await pod('web-1');
  await pod('late', { containers: [{ name: 'web', image: 'late:1' }] });
  await sync();
  for (const fake of factory.made) fake.ended();
  // Those of Istio's own were made before.
  for (const running of kubelet.pods) (running as unknown as { ended(): void }).ended();
  await kubelet.stop();
  expect(factory.made[0]?.history).toEqual(['start', 'stop in a hurry']);
  expect(stored('web-1')).toBeDefined();
  const before = changes;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(changes).toBe(before);
});
