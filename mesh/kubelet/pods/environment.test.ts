import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { environmentOf } from '#mesh/kubelet/pods/environment.ts';

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
          envFrom: [{configMapRef: {name: c}}, {prefix: S_, secretRef: {name: s}}]
          env:
            - {name: A, value: literal}
            - {name: URL, value: 'http://$(DB_SERVICE_HOST)/$(A)/$$(A)/$(LATER)'}
            - {name: LATER, value: 'x'}
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: token}}}
            - {name: GONE, valueFrom: {configMapKeyRef: {name: c, key: gone, optional: true}}}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
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
    VERSION: 'v1',
  });
});
