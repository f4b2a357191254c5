import { expect, test } from 'vitest';
import { typeOf } from '#mesh/controllers/workload.ts';
import { created, installedApi } from '#mesh/run/testing/fake-pods.ts';

const words = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' } };
const manager = 'test';

test('nothing comes into a namespace that is not there', async () => {
  const api = await installedApi();
  await expect(created(api, words, 'shop')).rejects.toMatchObject({
    ...{ code: 404, reason: 'NotFound', message: 'namespaces "shop" not found' },
    details: { name: 'shop', kind: 'namespaces' },
  });
  await created(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await created(api, words, 'shop');
});

test('nothing new comes into a namespace that is being emptied', async () => {
  const api = await installedApi();
  await created(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await api.delete(typeOf(api, 'namespaces'), { name: 'shop' }, { manager });
  const message =
    'configmaps "words" is forbidden: unable to create new content in namespace shop because it is being terminated';
  await expect(created(api, words, 'shop')).rejects.toMatchObject({
    ...{ code: 403, reason: 'Forbidden', message },
    details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
  });
});

test('an object whose namespace goes while the Envoys are being told of it is not stored', async () => {
  const told = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const settled: boolean[] = [];
  const api = await installedApi(async ({ after }) => {
    if (after?.metadata.name !== 'words') return { warnings: [] };
    asked.resolve();
    await told.promise;
    return { warnings: [], settled: (stored) => void settled.push(stored) };
  });
  await created(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const creation = created(api, words, 'shop');
  await asked.promise;
  await api.delete(typeOf(api, 'namespaces'), { name: 'shop' }, { manager });
  told.resolve();
  await expect(creation).rejects.toMatchObject({ code: 403 });
  expect(settled).toEqual([false]);
  expect(api.store.get('configmaps', { namespace: 'shop', name: 'words' })).toBeUndefined();
});

test.each(['default', 'kube-system'])('the namespace %s stays', async (name) => {
  const api = await installedApi();
  await expect(api.delete(typeOf(api, 'namespaces'), { name }, { manager })).rejects.toMatchObject({
    code: 403,
    message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
  });
});
