import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DisruptionController } from '#mesh/controllers/disruption.ts';
import { StatefulSetController } from '#mesh/controllers/stateful-set.ts';
import { type FakeCluster, fakeCluster, workload } from '#mesh/controllers/testing/fake-cluster.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster((api) => [new StatefulSetController(api, 0), new DisruptionController(api)]);
});
afterEach(() => {
  cluster.stop();
  expect(cluster.problems).toEqual([]);
});

describe('a PodDisruptionBudget', () => {
  it('counts the pods that may go', async () => {
    const status = () => cluster.get('poddisruptionbudgets.policy', 'db').status;
    await cluster.create({
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'db' } },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'db' } } },
    });
    await cluster.settled();
    expect(status()).toMatchObject({
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
      ...{ expectedPods: 0, currentHealthy: 0, disruptionsAllowed: 0 },
    });
    await cluster.create(workload('StatefulSet', 'db', { replicas: 3 }));
    await cluster.settled();
    expect(status()).toMatchObject({
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
      ...{ expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 },
    });
  });
});
