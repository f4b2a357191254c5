import { availableParallelism, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { environmentOf, resourceValue } from '#mesh/kubelet/pods/environment.ts';

const text = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {A: from-map, B: map}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {token: aGVsbG8=}, stringData: {plain: text}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers:
        - name: d
          image: d
          resources: {limits: {cpu: 250m, memory: 128Mi}, requests: {memory: 64Mi}}
          envFrom: [{configMapRef: {name: c}}, {prefix: S_, secretRef: {name: s}}]
          env:
            - {name: A, value: literal}
            - {name: URL, value: 'http://$(DB_SERVICE_HOST)/$(A)/$$(A)/$(LATER)'}
            - {name: LATER, value: 'x'}
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: token}}}
            - {name: GONE, valueFrom: {configMapKeyRef: {name: c, key: gone, optional: true}}}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: status.hostIPs}}}
            - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: CPU_ASKED, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}
            - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: requests.memory}}}
            - {name: DISK, valueFrom: {resourceFieldRef: {resource: requests.ephemeral-storage}}}
            - {name: VERSION, valueFrom: {fieldRef: {fieldPath: "metadata.labels['version']"}}}
`;

test('variables come from everywhere that Kubernetes takes them from, in its order', () => {
  const { documents } = loadManifest({ file: 'test.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const container = ofKind(resources, 'Deployment')[0]?.spec.template.spec.containers[0];
  if (!container) throw new Error('the manifest has no container');
  const pod = {
    ...{ name: 'd-1', namespace: 'default', uid: 'u', serviceAccount: 'default', annotations: {} },
    address: '10.244.0.7',
    labels: { version: 'v1' },
  };
  const serviceVariables = { DB_SERVICE_HOST: '10.0.0.1', B: 'service' };
  expect(environmentOf({ container, resources, pod, serviceVariables })).toEqual({
    DB_SERVICE_HOST: '10.0.0.1',
    A: 'literal',
    B: 'map',
    S_token: 'hello',
    S_plain: 'text',
    URL: 'http://10.0.0.1/literal/$(A)/$(LATER)',
    LATER: 'x',
    TOKEN: 'hello',
    POD: 'd-1',
    ADDRESS: '10.244.0.7',
    NODE: '127.0.0.1',
    CPU: '1',
    CPU_ASKED: '250',
    MEMORY: String(64 * 1024 ** 2),
    DISK: '0',
    VERSION: 'v1',
  });
});

test('who has no limit may have all that the machine has', () => {
  const none = { resources: { limits: {}, requests: {} } };
  const value = (resource: string, divisor: string) => resourceValue({ resource, divisor }, none);
  expect(value('limits.cpu', '1')).toBe(String(availableParallelism()));
  expect(value('limits.memory', '1Gi')).toBe(String(Math.ceil(totalmem() / 1024 ** 3)));
  expect(value('requests.cpu', '1')).toBe('0');
});
