import { describe, expect, it } from 'vitest';
import { rowOf } from '#mesh/apiserver/table/testing/row-of.ts';

type Row = Record<string, unknown>;

const earlier = (seconds: number) =>
  new Date(Date.parse('2026-03-01T12:00:00Z') - seconds * 1000).toISOString();

describe('what is configured and stored', () => {
  it.each<[string, Row, Row]>([
    ['v1 ConfigMap', { data: { a: '1' }, binaryData: { b: 'eA==', c: 'eA==' } }, { Data: 3, Age: '5m' }],
    ['v1 Secret', { type: 'Opaque', data: { a: 'eA==' } }, { Type: 'Opaque', Data: 1 }],
    ['v1 Namespace', { status: { phase: 'Active' } }, { Status: 'Active' }],
    ['coordination.k8s.io/v1 Lease', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
    [
      'v1 PersistentVolume',
      {
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Retain',
          claimRef: { namespace: 'n', name: 'c' },
          storageClassName: 's',
          volumeMode: 'Filesystem',
        },
        status: { phase: 'Bound' },
      },
      {
        Capacity: '1Gi',
        'Access Modes': 'RWO,RWX',
        'Reclaim Policy': 'Retain',
        Status: 'Bound',
        Claim: 'n/c',
        StorageClass: 's',
        VolumeAttributesClass: '<unset>',
        Reason: '',
        VolumeMode: 'Filesystem',
      },
    ],
    [
      'v1 PersistentVolumeClaim',
      { spec: { accessModes: ['ReadWriteOnce'] }, status: { phase: 'Pending' } },
      { Status: 'Pending', Volume: '', Capacity: '', 'Access Modes': '', VolumeMode: '<unset>' },
    ],
    [
      'v1 PersistentVolumeClaim',
      {
        spec: { volumeName: 'v' },
        status: { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] },
      },
      { Status: 'Bound', Volume: 'v', Capacity: '2Gi', 'Access Modes': 'RWO' },
    ],
    [
      'storage.k8s.io/v1 StorageClass',
      { provisioner: 'p' },
      {
        Name: 'it',
        Provisioner: 'p',
        ReclaimPolicy: 'Delete',
        VolumeBindingMode: 'Immediate',
        AllowVolumeExpansion: false,
      },
    ],
  ])('%s', (kind, fields, cells) => {
    expect(rowOf(kind, fields)).toMatchObject(cells);
  });

  it('says which storage class is the default', () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(rowOf('storage.k8s.io/v1 StorageClass', {}, { annotations })['Name']).toBe('it (default)');
  });
});

describe('nodes, events and rules', () => {
  it.each<[string, Row, Row]>([
    [
      'v1 Node',
      {
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1', osImage: 'Linux' },
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: '<none>',
        Version: 'v1',
        'Internal-IP': '127.0.0.1',
        'External-IP': '<none>',
        'OS-Image': 'Linux',
        'Kernel-Version': '<unknown>',
      },
    ],
    ['v1 Node', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, { Status: 'NotReady' }],
    ['v1 Node', {}, { Status: 'Unknown' }],
    [
      'v1 Event',
      {
        type: 'Warning',
        reason: 'BackOff',
        message: ' again\n',
        count: 4,
        firstTimestamp: earlier(90),
        lastTimestamp: earlier(9),
        involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
        source: { component: 'kubelet', host: 'laptop' },
      },
      {
        'Last Seen': '9s',
        Type: 'Warning',
        Reason: 'BackOff',
        Object: 'pod/p',
        Subobject: 'spec.containers{c}',
        Source: 'kubelet, laptop',
        Message: 'again',
        'First Seen': '90s',
        Count: 4,
        Name: 'it',
      },
    ],
    [
      'v1 Event',
      {
        eventTime: earlier(20),
        series: { count: 6, lastObservedTime: earlier(2) },
        reportingComponent: 'r',
        involvedObject: { kind: 'Node' },
      },
      { 'Last Seen': '2s', 'First Seen': '20s', Count: 6, Source: 'r', Object: 'node' },
    ],
    ['v1 Event', { eventTime: earlier(20) }, { 'Last Seen': '20s', Count: 1 }],
    [
      'rbac.authorization.k8s.io/v1 RoleBinding',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'a' },
          { kind: 'User', name: 'b' },
          { kind: 'Group', name: 'g' },
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
        ],
      },
      { Role: 'Role/r', Users: 'a, b', Groups: 'g', ServiceAccounts: 'n/s' },
    ],
    ['rbac.authorization.k8s.io/v1 Role', {}, { Name: 'it', 'Created At': '2026-03-01T11:55:00Z' }],
    ['apiextensions.k8s.io/v1 CustomResourceDefinition', {}, { 'Created At': '2026-03-01T11:55:00Z' }],
    [
      'policy/v1 PodDisruptionBudget',
      { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
      { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 1 },
    ],
    [
      'policy/v1 PodDisruptionBudget',
      { spec: { maxUnavailable: 0 } },
      { 'Min Available': 'N/A', 'Max Unavailable': '0' },
    ],
    [
      'v1 ResourceQuota',
      { status: { hard: { 'requests.cpu': '2', pods: '10', 'limits.cpu': '4' }, used: { pods: '3' } } },
      { Request: 'pods: 3/10, requests.cpu: 0/2', Limit: 'limits.cpu: 0/4' },
    ],
    [
      'scheduling.k8s.io/v1 PriorityClass',
      { value: 9, globalDefault: true, preemptionPolicy: 'Never' },
      { Value: 9, 'Global-Default': true, PreemptionPolicy: 'Never' },
    ],
    [
      'certificates.k8s.io/v1 CertificateSigningRequest',
      {
        spec: { signerName: 's', username: 'u', expirationSeconds: 3600 },
        status: { certificate: 'x', conditions: [{ type: 'Approved', status: 'True' }] },
      },
      { SignerName: 's', Requestor: 'u', RequestedDuration: '60m', Condition: 'Approved,Issued' },
    ],
    [
      'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
      { webhooks: [{}, {}] },
      { Webhooks: 2 },
    ],
    [
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy',
      { spec: { validations: [{}], paramKind: { apiVersion: 'a/v1', kind: 'K' } } },
      { Validations: 1, ParamKind: 'a/v1/K' },
    ],
  ])('%s', (kind, fields, cells) => {
    expect(rowOf(kind, fields)).toMatchObject(cells);
  });

  it("finds a node's roles in its labels", () => {
    const labels = {
      'node-role.kubernetes.io/worker': '',
      'node-role.kubernetes.io/control-plane': '',
      'kubernetes.io/role': 'worker',
    };
    expect(rowOf('v1 Node', {}, { labels })['Roles']).toBe('control-plane,worker');
  });

  const cpu = (type: string, more: Row) => ({ type, ...more });
  const scale = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5 };
  it.each<[string, Row, string]>([
    [
      'autoscaling/v1',
      {
        spec: { ...scale, targetCPUUtilizationPercentage: 50 },
        status: { currentCPUUtilizationPercentage: 7 },
      },
      'cpu: 7%/50%',
    ],
    [
      'autoscaling/v2',
      {
        spec: {
          ...scale,
          metrics: [cpu('Resource', { resource: { name: 'cpu', target: { averageUtilization: 80 } } })],
        },
      },
      'cpu: <unknown>/80%',
    ],
    [
      'autoscaling/v2',
      {
        spec: {
          ...scale,
          metrics: [cpu('Resource', { resource: { name: 'memory', target: { averageValue: '1Gi' } } })],
        },
        status: { currentMetrics: [{ resource: { current: { averageValue: '2Gi' } } }] },
      },
      'memory: 2Gi/1Gi',
    ],
    [
      'autoscaling/v2',
      {
        spec: {
          ...scale,
          metrics: ['a', 'b', 'c'].map(() => cpu('Pods', { pods: { target: { averageValue: '5' } } })),
        },
      },
      '<unknown>/5, <unknown>/5 + 1 more...',
    ],
    [
      'autoscaling/v2',
      {
        spec: {
          ...scale,
          metrics: [
            cpu('External', { external: { target: { averageValue: '9' } } }),
            cpu('Object', { object: { target: { value: '3' } } }),
          ],
        },
      },
      '<unknown>/9 (avg), <unknown>/3',
    ],
    ['autoscaling/v2', { spec: scale }, '<none>'],
  ])('%s HorizontalPodAutoscaler %#', (version, fields, shown) => {
    expect(rowOf(`${version} HorizontalPodAutoscaler`, fields)).toMatchObject({
      ...{ Reference: 'Deployment/web', Targets: shown, MinPods: '1', MaxPods: 5, Replicas: 0 },
    });
  });
});
