import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { webDeployment, webRoutes, webService } from '#mesh/apiserver/testing/manifests.ts';
import { needs } from '#test/components/component.ts';
import { kubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

const { template, selector } = webDeployment().spec;
const object = (apiVersion: string, kind: string, fields: object) => ({
  ...{ apiVersion, kind, metadata: { name: 'web', namespace: 'default' }, ...fields },
});

const others = [
  object('apps/v1', 'StatefulSet', { spec: { serviceName: 'web', selector, template } }),
  object('apps/v1', 'DaemonSet', { spec: { selector, template } }),
  object('apps/v1', 'ReplicaSet', { spec: { selector, template } }),
  object('batch/v1', 'Job', { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } }),
  object('v1', 'Pod', { spec: template.spec }),
  object('v1', 'ConfigMap', { data: { a: 'b' } }),
  object('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }),
];

/** kubectl describes by itself, and panics where a server has left a default out. */
describe('kubectl describe', needs(kubectl), () => {
  beforeAll(async () => {
    session = await kubectlSession();
    for (const each of [webDeployment(), webService(), webRoutes(), ...others]) await session.create(each);
  });
  afterAll(async () => {
    await session.close();
    expect(session.bugs).toEqual([]);
  });

  it.each([
    [
      'deploy',
      [
        'Replicas:               2 desired',
        'RollingUpdateStrategy:  25% max unavailable, 25% max surge',
        'Image:         nginx:1',
      ],
    ],
    [
      'svc',
      [
        'Type:                     ClusterIP',
        'Port:                     http  80/TCP',
        'Session Affinity:         None',
      ],
    ],
    ['vs', ['API Version:  networking.istio.io/v1', 'Host:  web']],
    ['sts', ['Update Strategy:    RollingUpdate', 'Partition:        0']],
    ['ds', ['Pod Template:']],
    ['rs', ['Replicas:       0 current / 1 desired']],
    ['job', ['Parallelism:      1', 'Backoff Limit:    6']],
    ['pod', ['QoS Class:        BestEffort', 'Image:        nginx:1']],
    ['cm', ['a:\n----\nb\n']],
    ['pvc', ['VolumeMode:    Filesystem']],
    ['netpol', ['PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)']],
  ])('%s', async (kind, parts) => {
    const out = await session.out('describe', kind, 'web');
    expect(out).toMatch(/^Name: +web\n/);
    for (const part of parts) expect(out.replace(/[ ]+/g, ' ')).toContain(part.replace(/[ ]+/g, ' '));
  });

  it('shows the events of an object', async () => {
    const pod = JSON.parse(await session.out('get', 'pod', 'web', '-o', 'json')) as {
      metadata: { uid: string };
    };
    await session.create({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'web.1', namespace: 'default' } },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        name: 'web',
        namespace: 'default',
        uid: pod.metadata.uid,
      },
      ...{ type: 'Warning', reason: 'BackOff', message: 'back-off restarting', count: 3 },
      ...{ firstTimestamp: new Date().toISOString(), lastTimestamp: new Date().toISOString() },
      source: { component: 'kubelet' },
    });
    expect(await session.out('describe', 'pod', 'web')).toMatch(
      /Warning +BackOff .* kubelet +back-off restarting/,
    );
    expect(await session.out('events', '--for', 'pod/web')).toContain('back-off restarting');
    expect(await session.out('get', 'events')).toMatch(/Warning +BackOff +pod\/web +back-off restarting/);
  });
});
