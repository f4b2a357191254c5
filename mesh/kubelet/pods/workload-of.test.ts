import { expect, test } from 'vitest';
import { workloadOf } from '#mesh/kubelet/pods/pod-plan.ts';

const owner = (kind: string, name: string, controller = true) => ({
  ...{ apiVersion: 'apps/v1', kind, name, uid: 'u' },
  controller,
});

test.each([
  [
    'its Deployment',
    {
      name: 'web-6d4-x',
      labels: { 'pod-template-hash': '6d4' },
      ownerReferences: [owner('ReplicaSet', 'web-6d4')],
    },
    'web',
  ],
  [
    'a ReplicaSet of no Deployment',
    { name: 'web-x', ownerReferences: [owner('ReplicaSet', 'web-6d4')] },
    'web-6d4',
  ],
  [
    'a ReplicaSet whose name has no hash',
    { name: 'web-x', labels: { 'pod-template-hash': '6d4' }, ownerReferences: [owner('ReplicaSet', 'web')] },
    'web',
  ],
  ['its StatefulSet', { name: 'db-0', ownerReferences: [owner('StatefulSet', 'db')] }, 'db'],
  ['its DaemonSet', { name: 'agent-x', ownerReferences: [owner('DaemonSet', 'agent')] }, 'agent'],
  ['its Job', { name: 'once-x', ownerReferences: [owner('Job', 'once')] }, 'once'],
  ['itself', { name: 'lone' }, 'lone'],
  [
    'itself, as an owner that is no controller runs nothing',
    { name: 'lone', ownerReferences: [owner('ConfigMap', 'c', false)] },
    'lone',
  ],
  ['what its name is made from, before it has one', { generateName: 'lone-' }, 'lone'],
])("a pod's workload is %s", (_what, metadata, workload) => {
  expect(workloadOf(metadata)).toBe(workload);
});
