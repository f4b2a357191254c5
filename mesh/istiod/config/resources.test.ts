import { expect, test } from 'vitest';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { isStatusChange, readingOf, registered, resourcesIn } from '#mesh/istiod/config/resources.ts';
import { createStorage } from '#mesh/run/api-server/create-api.ts';

const { kinds } = createStorage();

function rule(name: string, creationTimestamp: string, { namespace = 'default', host = name } = {}) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp },
    spec: { host },
  } as KubernetesObject;
}

const resource = 'destinationrules.networking.istio.io';
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];

function storeOf(...objects: readonly KubernetesObject[]): Store {
  const store = new Store();
  for (const object of objects) store.put(resource, object);
  return store;
}

const names = (store: Store, pending: Parameters<typeof resourcesIn>[1] = []) =>
  resourcesIn(store, pending).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

function pending(key: string, after: KubernetesObject | undefined) {
  const type = kinds.types.ofKind('networking.istio.io/v1', 'DestinationRule');
  if (!type) throw new Error('no DestinationRule');
  return { type, key, after };
}

test('the oldest comes first, and of one age the first by name, then by namespace', () => {
  const store = storeOf(
    rule('a', late),
    rule('z', early),
    rule('m', early, { namespace: 'shop' }),
    rule('m', early, { namespace: 'books' }),
  );
  expect(names(store)).toEqual(['books/m', 'shop/m', 'default/z', 'default/a']);
});

test('what is about to be written stands in the place of what is there', () => {
  const store = storeOf(rule('a', early), rule('b', late));
  const [a] = resourcesIn(store, [pending('default/a', rule('a', early, { host: 'other' }))]);
  expect(a).toMatchObject({ kind: 'DestinationRule', spec: { host: 'other' } });
  expect(names(store, [pending('default/c', rule('c', '2026-01-03T00:00:00Z'))])).toEqual([
    'default/a',
    'default/b',
    'default/c',
  ]);
});

test('a pod that nothing makes is read, and those of a template are read there', () => {
  const store = new Store();
  const pod = (name: string, owner?: string) =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{ name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: early },
        ...(owner && {
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner, uid: owner, controller: true },
          ],
        }),
      },
      spec: { containers: [{ name: 'c', image: 'busybox' }] },
    }) as KubernetesObject;
  store.put('pods', pod('bare'));
  store.put('pods', pod('db-0', 'db'));
  expect(names(store)).toEqual(['default/bare']);
});

test('what is about to go is not there', () => {
  expect(names(storeOf(rule('a', early), rule('b', late)), [pending('default/a', undefined)])).toEqual([
    'default/b',
  ]);
});

test('of two changes of one object the later one counts', () => {
  const changes = [pending('default/a', rule('a', early)), pending('default/a', undefined)];
  expect(names(storeOf(), changes)).toEqual([]);
});

test('an object is read once, as long as nobody changes it', () => {
  const store = storeOf(rule('a', early));
  const stored = store.get(resource, { namespace: 'default', name: 'a' });
  if (!stored) throw new Error('not stored');
  expect(readingOf(stored)).toBe(readingOf(stored));
  expect(resourcesIn(store)[0]).toBe(resourcesIn(store)[0]);
});

test('what the control plane does not read is left out', () => {
  const store = new Store();
  store.put('pods', { ...rule('p', early), apiVersion: 'v1', kind: 'Pod' });
  expect(resourcesIn(store)).toEqual([]);
});

test('an object is read once for all its states that differ in the status alone', () => {
  const object = rule('a', early);
  const reading = readingOf(object);
  expect(readingOf({ ...object, status: { conditions: [] } })).toBe(reading);
  expect(readingOf({ ...object, spec: { ...(object['spec'] as object) } })).not.toBe(reading);
});

test('objects that share a spec are each read under their own name and labels', () => {
  const object = rule('a', early);
  const twin = { ...object, metadata: { ...object.metadata, name: 'b', uid: 'b' } };
  expect([object, twin, object].map((one) => readingOf(one).resource?.metadata.name)).toEqual([
    'a',
    'b',
    'a',
  ]);
  const labelled = { ...object, metadata: { ...object.metadata, labels: { app: 'a' } } };
  expect(readingOf(labelled)).not.toBe(readingOf(object));
});

test('a change of the status is one, but not the mark that an object is to go', () => {
  const object = rule('a', early);
  const shown = { ...object, status: { conditions: [] } };
  const ending = { ...shown, metadata: { ...object.metadata, deletionTimestamp: late } };
  expect(isStatusChange(object, shown)).toBe(true);
  expect(isStatusChange(object, ending)).toBe(false);
  expect(isStatusChange(object, { ...shown, spec: { host: 'other' } })).toBe(false);
});

test("the Envoys know the installed gateway's Service by Istio's ports, and istiod's not at all", () => {
  const service = (name: string, ports: readonly object[]) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'istio-system' } },
    spec: { type: 'LoadBalancer', ports },
  });
  const store = new Store();
  const istiod = service('istiod', [{ name: 'grpc-xds', port: 15010 }]);
  const gateway = service('istio-ingressgateway', [
    { name: 'http2', port: 8080, targetPort: 8080 },
    { name: 'tcp', port: 31400 },
    { name: 'http2-declared', port: 80, targetPort: 'http2' },
  ]);
  for (const one of [istiod, gateway]) store.put('services', one as unknown as KubernetesObject);
  expect(registered(resourcesIn(store, []))).toMatchObject([
    {
      metadata: { name: 'istio-ingressgateway' },
      spec: {
        type: 'ClusterIP',
        ports: [
          { name: 'tcp', port: 31400 },
          { name: 'http2', port: 80, targetPort: 'http2' },
        ],
      },
    },
  ]);
});
