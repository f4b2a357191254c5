import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DaemonSetController } from '#mesh/controllers/daemon-set.ts';
import { EndpointsController } from '#mesh/controllers/endpoints.ts';
import { GarbageCollector } from '#mesh/controllers/garbage-collector.ts';
import { JobController } from '#mesh/controllers/job.ts';
import { NamespaceController } from '#mesh/controllers/namespace.ts';
import { StatefulSetController } from '#mesh/controllers/stateful-set.ts';
import {
  type FakeCluster,
  fakeCluster,
  job,
  template,
  workload,
} from '#mesh/controllers/testing/fake-cluster.ts';
import { isTerminating, type Pod, typeOf } from '#mesh/controllers/workload.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster((api) => [
    new StatefulSetController(api, 0),
    new DaemonSetController(api),
    new JobController(api),
    new EndpointsController(api),
    new NamespaceController(api),
    new GarbageCollector(api),
  ]);
});
afterEach(() => {
  cluster.stop();
  expect(cluster.problems).toEqual([]);
});

const pods = () => cluster.list<Pod>('pods');
const names = (resource = 'pods') => cluster.list(resource).map(({ metadata }) => metadata.name);

describe('a StatefulSet', () => {
  const resources = { requests: { storage: '1Gi' } };
  const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources } }];

  it('starts its pods one after the other, with names and claims of their own', async () => {
    const order: string[] = [];
    cluster.kubelet = async (pod, act) => {
      order.push(pod.metadata.name);
      await act.ready();
    };
    await cluster.create(
      workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db', volumeClaimTemplates: claims }),
    );
    await cluster.settled();
    expect(order).toEqual(['db-0', 'db-1', 'db-2']);
    expect(names('persistentvolumeclaims')).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect(pods()[1]?.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' });
    expect(cluster.get('statefulsets.apps', 'db').status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
    });
  });

  it('waits for the one before', async () => {
    cluster.kubelet = (_, act) => act.ready(false);
    await cluster.create(workload('StatefulSet', 'db', { replicas: 3 }));
    await cluster.settled();
    expect(names()).toEqual(['db-0']);
  });

  it('updates from the last to the first, down to the partition', async () => {
    await cluster.create(workload('StatefulSet', 'db', { replicas: 3 }));
    await cluster.settled();
    const ended: string[] = [];
    const { kubelet } = cluster;
    cluster.kubelet = (pod, act) => {
      if (isTerminating(pod)) ended.push(pod.metadata.name);
      return kubelet(pod, act);
    };
    await cluster.change('statefulsets.apps', 'db', (one) => ({
      ...one,
      spec: {
        ...one.spec,
        template: template('db', 'web:2'),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
      },
    }));
    await cluster.settled();
    expect(ended).toEqual(['db-2', 'db-1']);
    const { status } = cluster.get('statefulsets.apps', 'db');
    expect(status).toMatchObject({ updatedReplicas: 2, currentReplicas: 1 });
    expect(status?.['currentRevision']).not.toBe(status?.['updateRevision']);
    expect(cluster.list('controllerrevisions.apps').map((one) => one['revision'])).toEqual(
      expect.arrayContaining([1, 2]),
    );
  });

  it('leaves the name of a pod that has gone free for a second', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const slow = fakeCluster((api) => [new StatefulSetController(api)]);
    try {
      await slow.create(workload('StatefulSet', 'db'));
      await slow.settled();
      const [before] = slow.list<Pod>('pods');
      await slow.api.delete(typeOf(slow.api, 'pods'), before?.metadata ?? { name: '' }, { manager: 'test' });
      await slow.settled();
      expect(slow.list('pods')).toEqual([]);
      vi.advanceTimersByTime(999);
      await slow.settled();
      expect(slow.list('pods')).toEqual([]);
      vi.advanceTimersByTime(1);
      await slow.settled();
      expect(slow.list('pods')).toMatchObject([{ metadata: { name: 'db-0' } }]);
    } finally {
      slow.stop();
      vi.useRealTimers();
    }
  });

  it('keeps its claims when it shrinks', async () => {
    await cluster.create(workload('StatefulSet', 'db', { replicas: 2, volumeClaimTemplates: claims }));
    await cluster.settled();
    await cluster.change('statefulsets.apps', 'db', (one) => ({
      ...one,
      spec: { ...one.spec, replicas: 1 },
    }));
    await cluster.settled();
    expect(names()).toEqual(['db-0']);
    expect(names('persistentvolumeclaims')).toEqual(['data-db-0', 'data-db-1']);
  });
});

describe('a DaemonSet', () => {
  it('has one pod, and a new one for a new template', async () => {
    await cluster.create(workload('DaemonSet', 'agent'));
    await cluster.settled();
    const first = pods()[0]?.metadata.uid;
    await cluster.change('daemonsets.apps', 'agent', (one) => ({
      ...one,
      spec: { ...one.spec, template: template('agent', 'web:2') },
    }));
    await cluster.settled();
    expect(pods()).toHaveLength(1);
    expect(pods()[0]?.metadata.uid).not.toBe(first);
    expect(cluster.get('daemonsets.apps', 'agent').status).toMatchObject({
      numberReady: 1,
      desiredNumberScheduled: 1,
    });
  });
});

describe('a Job', () => {
  const phases = (cluster_: FakeCluster, outcome: (pod: Pod) => string) => {
    cluster_.kubelet = (pod, act) => (isTerminating(pod) ? act.gone() : act.phase(outcome(pod)));
  };

  it('is complete when enough pods have succeeded', async () => {
    phases(cluster, () => 'Succeeded');
    await cluster.create(job('once', { completions: 3, parallelism: 2 }));
    await cluster.settled();
    expect(pods()).toHaveLength(3);
    expect(cluster.get('jobs.batch', 'once').status).toMatchObject({
      succeeded: 3,
      conditions: [{ type: 'Complete', status: 'True' }],
    });
  });

  it('gives up after its backoffLimit', async () => {
    phases(cluster, () => 'Failed');
    await cluster.create(job('never', { completions: 1, parallelism: 1, backoffLimit: 2 }));
    await cluster.settled();
    expect(cluster.get('jobs.batch', 'never').status).toMatchObject({
      failed: 3,
      conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }],
    });
  });

  it('starts nothing while it is suspended, and ends what runs', async () => {
    await cluster.create(job('once', { completions: 1, parallelism: 1, suspend: true }));
    await cluster.settled();
    const status = () => cluster.get('jobs.batch', 'once').status;
    const suspend = (is: boolean) =>
      cluster.change('jobs.batch', 'once', (one) => ({ ...one, spec: { ...one.spec, suspend: is } }));
    const events = () => cluster.list('events').map((event) => (event as { reason?: string }).reason);
    expect(pods()).toEqual([]);
    expect(status()).toMatchObject({ conditions: [{ type: 'Suspended', status: 'True' }] });
    expect(status()).not.toHaveProperty('startTime');
    await suspend(false);
    await cluster.settled();
    expect(pods()).toHaveLength(1);
    expect(status()).toMatchObject({
      active: 1,
      startTime: expect.any(String),
      conditions: [{ type: 'Suspended', status: 'False', reason: 'JobResumed' }],
    });
    await suspend(true);
    await cluster.settled();
    expect(pods()).toEqual([]);
    expect(events().filter((reason) => reason === 'Suspended')).toHaveLength(1);
    expect(events()).toContain('Resumed');
  });

  it('numbers its pods when it is Indexed', async () => {
    phases(cluster, () => 'Succeeded');
    await cluster.create(job('parts', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    await cluster.settled();
    expect(cluster.get('jobs.batch', 'parts').status?.['completedIndexes']).toBe('0,1,2');
  });
});

describe('the Endpoints of a Service', () => {
  it('follow its ready pods', async () => {
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'agent' },
      spec: {
        selector: { app: 'agent' },
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
    });
    await cluster.create(workload('DaemonSet', 'agent'));
    await cluster.settled();
    const { podIP } = pods()[0]?.status ?? {};
    expect(cluster.get('endpoints', 'agent')['subsets']).toMatchObject([
      {
        addresses: [{ ip: podIP, targetRef: { kind: 'Pod' } }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    expect(cluster.get('endpointslices.discovery.k8s.io', 'agent')['endpoints']).toMatchObject([
      { addresses: [podIP], conditions: { ready: true } },
    ]);
    await cluster.remove('services', 'agent');
    await cluster.settled();
    expect(names('endpointslices.discovery.k8s.io')).toEqual([]);
  });
});

describe('a Namespace', () => {
  it('has a service account, and takes everything with it', async () => {
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default' },
      spec: { finalizers: ['kubernetes'] },
    });
    await cluster.settled();
    expect(names('serviceaccounts')).toEqual(['default']);
    await cluster.create(workload('DaemonSet', 'agent'));
    await cluster.settled();
    await cluster.remove('namespaces', 'default');
    await cluster.settled();
    expect(cluster.list('namespaces')).toEqual([]);
    expect(pods()).toEqual([]);
    expect(names('serviceaccounts')).toEqual([]);
  });
});
