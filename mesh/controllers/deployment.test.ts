import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeploymentController } from '#mesh/controllers/deployment.ts';
import { GarbageCollector } from '#mesh/controllers/garbage-collector.ts';
import { ReplicaSetController } from '#mesh/controllers/replica-set.ts';
import { type FakeCluster, fakeCluster, template, workload } from '#mesh/controllers/testing/fake-cluster.ts';
import { isReady, isTerminating, type Pod } from '#mesh/controllers/workload.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster((api) => [
    new DeploymentController(api),
    new ReplicaSetController(api),
    new GarbageCollector(api),
  ]);
});
afterEach(() => {
  cluster.stop();
  expect(cluster.problems).toEqual([]);
});

const pods = () => cluster.list<Pod>('pods');
const images = () => pods().map(({ spec }) => (spec['containers'] as readonly { image: string }[])[0]?.image);
const withImage = (image: string) =>
  cluster.change('deployments.apps', 'web', (before) => ({
    ...before,
    spec: { ...before.spec, template: template('web', image) },
  }));

describe('a Deployment', () => {
  it('has its pods through a ReplicaSet, and says so in its status', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 3 }));
    await cluster.settled();
    expect(pods()).toHaveLength(3);
    const [set] = cluster.list('replicasets.apps');
    expect(set?.metadata.name).toMatch(/^web-[a-z0-9]{10}$/);
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    });
    expect(pods().every(({ metadata }) => metadata.name.startsWith(`${set?.metadata.name}-`))).toBe(true);
    const { status, metadata } = cluster.get('deployments.apps', 'web');
    expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 });
    const conditions = status?.['conditions'] as readonly { type: string; status: string; reason: string }[];
    expect(conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`)).toEqual([
      'Available True MinimumReplicasAvailable',
      'Progressing True NewReplicaSetAvailable',
    ]);
  });

  it('never has fewer ready pods in a rolling update than it may', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 4 }));
    await cluster.settled();
    const least: number[] = [];
    const most: number[] = [];
    const end = cluster.api.store.subscribe(() => {
      least.push(pods().filter((pod) => !isTerminating(pod) && isReady(pod)).length);
      // As in a cluster, maxSurge bounds what the sets want.
      most.push(cluster.list('replicasets.apps').reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0));
    });
    await withImage('web:2');
    await cluster.settled();
    end();
    expect(images()).toEqual(['web:2', 'web:2', 'web:2', 'web:2']);
    expect(Math.min(...least)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...most)).toBeLessThanOrEqual(5);
  });

  it('keeps the old pods while new ones do not become ready', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 1 }));
    await cluster.settled();
    cluster.kubelet = (pod, act) => (isTerminating(pod) ? act.gone() : act.ready(false));
    await withImage('web:broken');
    await cluster.settled();
    expect(images().sort()).toEqual(['web:1', 'web:broken']);
    expect(cluster.get('deployments.apps', 'web').status).toMatchObject({
      updatedReplicas: 1,
      availableReplicas: 1,
    });
  });

  it('with Recreate has no new pod before the last old one has ended', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 2, strategy: { type: 'Recreate' } }));
    await cluster.settled();
    let mixed = 0;
    const end = cluster.api.store.subscribe(() => {
      mixed += new Set(images()).size > 1 ? 1 : 0;
    });
    await withImage('web:2');
    await cluster.settled();
    end();
    expect(images()).toEqual(['web:2', 'web:2']);
    expect(mixed).toBe(0);
  });

  it('goes back to an earlier template with a new revision of the old ReplicaSet', async () => {
    await cluster.create(workload('Deployment', 'web'));
    await cluster.settled();
    await withImage('web:2');
    await cluster.settled();
    await withImage('web:1');
    await cluster.settled();
    const revisions = cluster
      .list('replicasets.apps')
      .map(
        ({ metadata, spec }) =>
          `${metadata.annotations?.['deployment.kubernetes.io/revision']} ${spec.replicas}`,
      );
    expect(revisions.sort()).toEqual(['2 0', '3 1']);
  });

  it('is not restarted by another order of its labels', async () => {
    const labels = (app: Record<string, string>) => ({ ...template('web'), metadata: { labels: app } });
    await cluster.create(workload('Deployment', 'web', { template: labels({ app: 'web', tier: 'x' }) }));
    await cluster.settled();
    const before = pods().map(({ metadata }) => metadata.uid);
    await cluster.change('deployments.apps', 'web', (one) => ({
      ...one,
      spec: { ...one.spec, template: labels({ tier: 'x', app: 'web' }) },
    }));
    await cluster.settled();
    expect(pods().map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  it('replaces a pod that is deleted', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 2 }));
    await cluster.settled();
    const gone = pods()[0];
    await cluster.remove('pods', gone?.metadata.name ?? '');
    await cluster.settled();
    expect(pods()).toHaveLength(2);
    expect(pods().map(({ metadata }) => metadata.uid)).not.toContain(gone?.metadata.uid);
  });

  it('scales down to nothing', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 2 }));
    await cluster.settled();
    await cluster.change('deployments.apps', 'web', (one) => ({
      ...one,
      spec: { ...one.spec, replicas: 0 },
    }));
    await cluster.settled();
    expect(pods()).toEqual([]);
  });

  it.each([['Background'], ['Foreground']] as const)(
    'takes its sets and pods with it: %s',
    async (policy) => {
      await cluster.create(workload('Deployment', 'web', { replicas: 2 }));
      await cluster.settled();
      await cluster.remove('deployments.apps', 'web', policy);
      await cluster.settled();
      expect(
        ['deployments.apps', 'replicasets.apps', 'pods'].map((resource) => cluster.list(resource).length),
      ).toEqual([0, 0, 0]);
    },
  );

  it('leaves them when they are to be orphans', async () => {
    await cluster.create(workload('Deployment', 'web', { replicas: 2 }));
    await cluster.settled();
    await cluster.remove('deployments.apps', 'web', 'Orphan');
    await cluster.settled();
    expect(
      ['deployments.apps', 'replicasets.apps', 'pods'].map((resource) => cluster.list(resource).length),
    ).toEqual([0, 1, 2]);
    expect(cluster.list('replicasets.apps')[0]?.metadata.ownerReferences).toEqual([]);
  });
});
