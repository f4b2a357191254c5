import { describe, expect, it } from 'vitest';
import { rowOf } from '#mesh/apiserver/table/testing/row-of.ts';

type Row = Record<string, unknown>;

const earlier = (seconds: number) =>
  new Date(Date.parse('2026-03-01T12:00:00Z') - seconds * 1000).toISOString();
const selector = {
  matchLabels: { b: '2', a: '1' },
  matchExpressions: [
    { key: 'c', operator: 'In', values: ['y', 'x'] },
    { key: 'd', operator: 'NotIn', values: ['z'] },
    { key: 'e', operator: 'Exists' },
    { key: 'f', operator: 'DoesNotExist' },
  ],
};
const template = {
  spec: {
    containers: [
      { name: 'app', image: 'app:1' },
      { name: 'log', image: 'log:2' },
    ],
  },
};
const containers = { Containers: 'app,log', Images: 'app:1,log:2' };
const selected = 'a=1,b=2,c in (x,y),d notin (z),e,!f';

describe('workloads', () => {
  it.each<[string, Row, Row]>([
    [
      'apps/v1 Deployment',
      {
        spec: { replicas: 3, selector, template },
        status: { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 },
      },
      {
        Name: 'it',
        Ready: '2/3',
        'Up-to-date': 1,
        Available: 2,
        Age: '5m',
        ...containers,
        Selector: selected,
      },
    ],
    ['apps/v1 Deployment', { spec: { replicas: 0 } }, { Ready: '0/0', 'Up-to-date': 0, Available: 0 }],
    [
      'apps/v1 ReplicaSet',
      { spec: { replicas: 3, selector, template }, status: { replicas: 2, readyReplicas: 1 } },
      { Desired: 3, Current: 2, Ready: 1, ...containers, Selector: selected },
    ],
    [
      'v1 ReplicationController',
      { spec: { replicas: 1, selector: { app: 'a' }, template } },
      { Desired: 1, Current: 0, Ready: 0, ...containers, Selector: 'app=a' },
    ],
    [
      'apps/v1 StatefulSet',
      { spec: { replicas: 2, template }, status: { readyReplicas: 2 } },
      { Ready: '2/2', ...containers },
    ],
    [
      'apps/v1 DaemonSet',
      {
        spec: { selector, template: { spec: { ...template.spec, nodeSelector: { disk: 'ssd' } } } },
        status: {
          ...{ desiredNumberScheduled: 5, currentNumberScheduled: 4, numberReady: 3 },
          ...{ updatedNumberScheduled: 2, numberAvailable: 1 },
        },
      },
      {
        ...{ Desired: 5, Current: 4, Ready: 3, 'Up-to-date': 2, Available: 1 },
        ...{ 'Node Selector': 'disk=ssd', ...containers, Selector: selected },
      },
    ],
    [
      'v1 PodTemplate',
      { template: { ...template, metadata: { labels: { a: 'b' } } } },
      { ...containers, 'Pod Labels': 'a=b' },
    ],
  ])('%s', (kind, fields, cells) => {
    expect(rowOf(kind, fields)).toMatchObject(cells);
  });

  it('a ControllerRevision names its controller', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'x', controller: true };
    const row = rowOf('apps/v1 ControllerRevision', { revision: 7 }, { ownerReferences: [owner] });
    expect(row).toMatchObject({ Controller: 'statefulset.apps/db', Revision: 7 });
    expect(rowOf('apps/v1 ControllerRevision', { revision: 7 })).toMatchObject({ Controller: '<none>' });
  });
});

describe('jobs', () => {
  const condition = (type: string) => ({ conditions: [{ type, status: 'True' }] });
  it.each<[Row, Row]>([
    [
      { spec: { completions: 3, selector, template } },
      { Status: 'Running', Completions: '0/3', Duration: '', ...containers, Selector: selected },
    ],
    [
      {
        spec: { completions: 1 },
        status: {
          succeeded: 1,
          startTime: earlier(100),
          completionTime: earlier(90),
          ...condition('Complete'),
        },
      },
      { Status: 'Complete', Completions: '1/1', Duration: '10s' },
    ],
    [
      { spec: {}, status: { startTime: earlier(100), ...condition('Failed') } },
      { Status: 'Failed', Completions: '0/1', Duration: '100s' },
    ],
    [
      { spec: { parallelism: 4 }, status: condition('Suspended') },
      { Status: 'Suspended', Completions: '0/1 of 4' },
    ],
    [{ status: condition('FailureTarget') }, { Status: 'FailureTarget' }],
  ])('Job %#', (fields, cells) => {
    expect(rowOf('batch/v1 Job', fields)).toMatchObject(cells);
  });

  it.each<[Row, Row]>([
    [
      { spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template } } } },
      {
        Schedule: '* * * * *',
        Timezone: '<none>',
        Suspend: 'False',
        Active: 0,
        'Last Schedule': '<none>',
        ...containers,
        Selector: '<none>',
      },
    ],
    [
      {
        spec: { timeZone: 'Europe/Berlin', suspend: true },
        status: { active: [{}, {}], lastScheduleTime: earlier(30) },
      },
      { Timezone: 'Europe/Berlin', Suspend: 'True', Active: 2, 'Last Schedule': '30s' },
    ],
    [{}, { Suspend: '<unset>' }],
  ])('CronJob %#', (fields, cells) => {
    expect(rowOf('batch/v1 CronJob', fields)).toMatchObject(cells);
  });
});
