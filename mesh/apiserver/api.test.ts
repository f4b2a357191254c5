import { describe, expect, it } from 'vitest';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { configMapType, draft, plainApi, podType } from '#mesh/apiserver/testing/plain-api.ts';

const manager = { manager: 'test' };
const inDefault = { ...manager, namespace: 'default' };
const key = (name: string) => ({ namespace: 'default', name });

describe('create', () => {
  it('fills in what belongs to the server', async () => {
    const api = plainApi();
    const { object } = await api.create(configMapType, draft('a', { data: { x: '1' } }), inDefault);
    expect(object).toMatchObject({ metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } });
    expect(object.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(object.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('refuses a name that exists', async () => {
    const api = plainApi();
    await api.create(configMapType, draft('a'), inDefault);
    await expect(api.create(configMapType, draft('a'), inDefault)).rejects.toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
    });
  });

  it('refuses the second of two at the same time, though both were admitted', async () => {
    const api = plainApi({
      admit: () => new Promise((resolve) => setImmediate(() => resolve({ warnings: [] }))),
    });
    const results = await Promise.allSettled(
      [1, 2].map(() => api.create(configMapType, draft('a'), inDefault)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('makes a name from generateName', async () => {
    const api = plainApi();
    const { object } = await api.create(
      configMapType,
      { ...draft(''), metadata: { generateName: 'web-' } },
      inDefault,
    );
    expect(object.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it('drops a status, which has a subresource of its own', async () => {
    const api = plainApi();
    const pod = { ...draft('p'), kind: 'Pod', spec: {}, status: { phase: 'Running' } };
    const { object } = await api.create(podType, pod, inDefault);
    expect(object['status']).toBeUndefined();
    expect(object.metadata.generation).toBe(1);
  });
});

describe('update', () => {
  it('changes the generation with the spec only, and the version with every change', async () => {
    const api = plainApi();
    await api.create(podType, { ...draft('p'), kind: 'Pod', spec: { a: 1 } }, inDefault);
    const labelled = await api.update(
      podType,
      key('p'),
      (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { x: 'y' } } }),
      manager,
    );
    expect(labelled.object.metadata.generation).toBe(1);
    const changed = await api.update(podType, key('p'), (pod) => ({ ...pod, spec: { a: 2 } }), manager);
    expect(changed.object.metadata.generation).toBe(2);
    const same = await api.update(podType, key('p'), (pod) => ({ ...pod, spec: { a: 2 } }), manager);
    expect(same.object.metadata.resourceVersion).toBe(changed.object.metadata.resourceVersion);
  });

  it('knows equal objects whatever the order of their keys', async () => {
    const api = plainApi();
    const { object } = await api.create(configMapType, draft('a', { data: { x: '1', y: '2' } }), inDefault);
    const again = await api.update(
      configMapType,
      key('a'),
      (before) => ({ ...before, data: { y: '2', x: '1' } }),
      manager,
    );
    expect(again.object).toBe(object);
  });

  it('changes nothing but the status by the subresource, and all but the status without', async () => {
    const api = plainApi();
    await api.create(podType, { ...draft('p'), kind: 'Pod', spec: { a: 1 } }, inDefault);
    await api.update(podType, key('p'), (pod) => ({ ...pod, spec: { a: 2 }, status: { phase: 'Running' } }), {
      ...manager,
      subresource: 'status',
    });
    expect(api.get(podType, key('p'))).toMatchObject({ spec: { a: 1 }, status: { phase: 'Running' } });
    await api.update(podType, key('p'), (pod) => ({ ...pod, spec: { a: 3 }, status: {} }), manager);
    expect(api.get(podType, key('p'))).toMatchObject({ spec: { a: 3 }, status: { phase: 'Running' } });
  });

  it('refuses one that was read before another change', async () => {
    const api = plainApi();
    const { object } = await api.create(configMapType, draft('a'), inDefault);
    await api.update(configMapType, key('a'), (before) => ({ ...before, data: { x: '1' } }), manager);
    const late = api.update(configMapType, key('a'), () => ({ ...object, data: { x: '2' } }), manager);
    await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
  });

  /** An API in which others change the object while its first update is admitted. */
  function contestedApi() {
    let others = 0;
    const api = plainApi({
      admit: async ({ before, after }) => {
        if (before && after?.['data'] && others === 0) {
          others += 1;
          const labels = { from: 'others' };
          api.store.put('configmaps', { ...before, metadata: { ...before.metadata, labels } });
        }
        return { warnings: [] };
      },
    });
    return api;
  }

  it('of a reader whose object others change meanwhile is tried again on theirs', async () => {
    const api = contestedApi();
    await api.create(configMapType, draft('a'), inDefault);
    const { object } = await api.update(
      ...([configMapType, key('a')] as const),
      (before) => ({ ...before, data: { x: '1' } }),
      manager,
    );
    expect(object).toMatchObject({ metadata: { labels: { from: 'others' } }, data: { x: '1' } });
  });

  it('is tried again on what others have changed meanwhile', async () => {
    const api = contestedApi();
    await api.create(configMapType, draft('a'), inDefault);
    const { resourceVersion: _, ...metadata } = { resourceVersion: '', name: 'a' };
    const { object } = await api.update(
      configMapType,
      key('a'),
      (before) => ({
        ...before,
        metadata: { ...metadata, labels: before.metadata.labels ?? {} },
        data: { x: '1' },
      }),
      manager,
    );
    expect(object).toMatchObject({ data: { x: '1' }, metadata: { labels: { from: 'others' } } });
  });
});

describe('a refused change', () => {
  it('leaves nothing behind', async () => {
    const refusal = new ApiError({ code: 422, reason: 'Invalid', message: 'no' });
    const api = plainApi({ admit: () => Promise.reject(refusal) });
    await expect(api.create(configMapType, draft('a'), inDefault)).rejects.toBe(refusal);
    expect(api.store.list('configmaps')).toEqual([]);
    expect(api.store.since('configmaps', 0)).toEqual([]);
  });

  it('names every cause', async () => {
    const causes = [
      { field: 'data.a', reason: 'FieldValueInvalid', message: 'Invalid value: "x": no' },
      { field: 'data.b', reason: 'FieldValueRequired', message: 'Required value' },
    ];
    const api = plainApi({ rules: { causes: () => causes } });
    await expect(api.create(configMapType, draft('a'), inDefault)).rejects.toMatchObject({
      code: 422,
      message: 'ConfigMap "a" is invalid: [data.a: Invalid value: "x": no, data.b: Required value]',
      details: { causes },
    });
  });

  it('is a dry run when it is asked to be', async () => {
    const api = plainApi();
    await api.create(configMapType, draft('a'), { ...inDefault, dryRun: true });
    expect(api.store.list('configmaps')).toEqual([]);
  });
});

describe('delete', () => {
  it('waits for the finalizers, and goes with the last', async () => {
    const api = plainApi();
    await api.create(
      configMapType,
      { ...draft('a'), metadata: { name: 'a', finalizers: ['x.example/y'] } },
      inDefault,
    );
    await api.delete(configMapType, key('a'), manager);
    expect(api.get(configMapType, key('a')).metadata.deletionTimestamp).toBeDefined();
    await api.update(
      configMapType,
      key('a'),
      (before) => ({ ...before, metadata: { ...before.metadata, finalizers: [] } }),
      manager,
    );
    expect(api.store.get('configmaps', key('a'))).toBeUndefined();
  });

  it('gives a pod that runs its time', async () => {
    const api = plainApi();
    await api.create(podType, { ...draft('p'), kind: 'Pod', spec: { nodeName: 'laptop' } }, inDefault);
    await api.delete(podType, key('p'), { ...manager, gracePeriodSeconds: 7 });
    expect(api.get(podType, key('p')).metadata.deletionGracePeriodSeconds).toBe(7);
    await api.delete(podType, key('p'), { ...manager, gracePeriodSeconds: 0 });
    expect(api.store.get('pods', key('p'))).toBeUndefined();
  });

  it('refuses another object of the same name', async () => {
    const api = plainApi();
    await api.create(configMapType, draft('a'), inDefault);
    const other = api.delete(configMapType, key('a'), { ...manager, preconditions: { uid: 'other' } });
    await expect(other).rejects.toMatchObject({ code: 409 });
  });
});
