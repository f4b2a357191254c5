import { expect, test } from 'vitest';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Change } from '#mesh/apiserver/rules.ts';
import { loadImages, standIn } from '#mesh/kubelet/pods/images.ts';
import { standInWarnings } from '#mesh/run/apply/stand-in-warnings.ts';

const table = [...loadImages({}, '/'), standIn];

function write(image: string, annotations: Readonly<Record<string, string>> = {}): Change {
  const metadata = { name: 'cart', namespace: 'shop', uid: '1', resourceVersion: '1', creationTimestamp: '' };
  const template = { metadata: { annotations }, spec: { containers: [{ name: 'app', image }] } };
  const after = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template },
  } as KubernetesObject;
  return { type: {} as Change['type'], before: undefined, after };
}

test('each image that a stand-in plays is told once, and only to people', () => {
  const warnings = standInWarnings(() => table);
  expect(warnings(write('shop/cart:1'), 'deployment-controller')).toEqual([]);
  expect(warnings(write('shop/cart:1'), 'kubectl')).toEqual([
    'no program here plays the image shop/cart:1: a stand-in answers in its place',
  ]);
  expect(warnings(write('shop/cart:1'), 'kubectl')).toEqual([]);
  expect(warnings(write('podinfo'), 'kubectl')).toEqual([]);
});

test('a mistake in a script is told at every write that has it', () => {
  const warnings = standInWarnings(() => table);
  const change = write('podinfo', { 'mesh101.io/stand-in': 'status: 99' });
  const told = 'line 1 of the annotation mesh101.io/stand-in: `status`: must be from 200 to 599';
  expect(warnings(change, 'kubectl')).toEqual([told]);
  expect(warnings(change, 'kubectl')).toEqual([told]);
});

test('settings that the player of an image does not read are told', () => {
  const change = write('nginx:1.29');
  const [container] = (change.after as unknown as { spec: { template: { spec: { containers: object[] } } } })
    .spec.template.spec.containers;
  Object.assign(container ?? {}, { volumeMounts: [{ name: 'v', mountPath: '/etc/nginx/conf.d' }] });
  expect(standInWarnings(() => table)(change, 'kubectl')).toEqual([
    'the settings of container app (image nginx:1.29) at /etc/nginx/conf.d are not read: its ports, routes and proxies have no effect',
  ]);
});
