import { expect, test } from 'vitest';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { fakeCluster, template } from '#mesh/controllers/testing/fake-cluster.ts';

const cluster = fakeCluster(() => []);
const recorder = new EventRecorder(cluster.api, 'kubelet');
const pod = (name: string) =>
  cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: template('web').spec });
const eventsOf = (name: string) =>
  cluster.api.store
    .list('events', 'default')
    .filter((event) => (event['involvedObject'] as { name: string }).name === name);

test('an event names its object, its component and what happened', async () => {
  const object = await pod('one');
  const fieldPath = 'spec.containers{web}';
  await recorder.record(object, { type: 'Normal', reason: 'Started', message: 'Started it', fieldPath });
  const { uid, resourceVersion } = object.metadata;
  expect(eventsOf('one')).toMatchObject([
    {
      ...{ type: 'Normal', reason: 'Started', message: 'Started it', count: 1 },
      involvedObject: {
        ...{
          apiVersion: 'v1',
          kind: 'Pod',
          name: 'one',
          namespace: 'default',
          uid,
          resourceVersion,
          fieldPath,
        },
      },
      source: { component: 'kubelet' },
      reportingComponent: 'kubelet',
    },
  ]);
});

test('the same thing again counts up; anything else is an event of its own', async () => {
  const object = await pod('two');
  const backOff = { type: 'Warning', reason: 'BackOff', message: 'again' } as const;
  for (let count = 0; count < 3; count += 1) await recorder.record(object, backOff);
  await recorder.record(object, { ...backOff, message: 'and again' });
  await recorder.record(object, { ...backOff, fieldPath: 'spec.containers{web}' });
  await new EventRecorder(cluster.api, 'other').record(object, backOff);
  expect(
    eventsOf('two')
      .map(({ count }) => count)
      .sort(),
  ).toEqual([1, 1, 1, 3]);
});

test("an object's events are listed as they came", async () => {
  const object = await pod('five');
  const reasons = ['Scheduled', 'Pulled', 'Created', 'Started', 'Killing'];
  for (const reason of reasons) await recorder.record(object, { type: 'Normal', reason, message: reason });
  expect(eventsOf('five').map(({ reason }) => reason)).toEqual(reasons);
});

test('an event of a Node is in the namespace default', async () => {
  const { metadata } = await pod('three');
  const { namespace: _, ...clusterScoped } = metadata;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { ...clusterScoped, name: 'laptop' } };
  await recorder.record(node, { type: 'Normal', reason: 'NodeReady', message: 'ready' });
  expect(eventsOf('laptop')).toHaveLength(1);
});

test('of more than 2,000 events the oldest go, and one that cannot be written stops nobody', async () => {
  const object = await pod('many');
  for (let count = 0; count < 2_010; count += 1)
    await recorder.record(object, { type: 'Normal', reason: 'Count', message: String(count) });
  const kept = cluster.api.store.list('events');
  expect(kept).toHaveLength(2_000);
  const messages = new Set(kept.map(({ message }) => message));
  expect([messages.has('0'), messages.has('2009')]).toEqual([false, true]);
  cluster.api.create = async () => {
    throw new Error('the namespace is on its way out');
  };
  await expect(
    recorder.record(object, { type: 'Normal', reason: 'Lost', message: 'lost' }),
  ).resolves.toBeUndefined();
});
