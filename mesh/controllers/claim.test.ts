import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClaimController } from '#mesh/controllers/claim.ts';
import { type FakeCluster, fakeCluster } from '#mesh/controllers/testing/fake-cluster.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster((api) => [new ClaimController(api)]);
});
afterEach(() => {
  cluster.stop();
  expect(cluster.problems).toEqual([]);
});

describe('a PersistentVolumeClaim', () => {
  it('is bound, and grows', async () => {
    const claim = (storage: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    const status = () => cluster.get('persistentvolumeclaims', 'disk').status;
    await cluster.create(claim('1Gi'));
    await cluster.settled();
    const bound = { accessModes: ['ReadWriteOnce'], phase: 'Bound' };
    expect(status()).toEqual({ ...bound, capacity: { storage: '1Gi' } });
    await cluster.change('persistentvolumeclaims', 'disk', (one) => ({
      ...one,
      spec: { ...one.spec, resources: { requests: { storage: '2Gi' } } },
    }));
    await cluster.settled();
    expect(status()).toEqual({ ...bound, capacity: { storage: '2Gi' } });
  });
});
