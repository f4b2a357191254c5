import { describe, expect, it } from 'vitest';
import { Api } from '#mesh/apiserver/api.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { Store } from '#mesh/apiserver/store/store.ts';

const kinds = new Kinds();
const key = { namespace: 'default', name: 'a' };

/** An API whose clock is one second on with each write. */
function trackingApi(): Api {
  let seconds = 0;
  return new Api({
    store: new Store({}),
    types: kinds.types,
    rules: kinds,
    managers: kinds,
    admit: async () => ({ warnings: [] }),
    now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++)),
  });
}

function typeOf({ apiVersion, kind }: DraftObject) {
  const type = kinds.types.ofKind(apiVersion, kind);
  if (!type) throw new Error(`no kind ${kind}`);
  return type;
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { containers: [{ name: 'a', image: 'a:1' }] },
};
const podType = typeOf(pod);

function whoAndWhen({ metadata }: KubernetesObject): string[] {
  return (metadata.managedFields ?? []).map(({ manager, operation, subresource = '', time = '' }) =>
    [manager, operation, subresource, time.slice(-3)].join(' '),
  );
}

const withPhase = (phase: string) => (before: KubernetesObject) => ({ ...before, status: { phase } });

describe('writes', () => {
  it('change the time of who changes something, and put who applies first', async () => {
    const api = trackingApi();
    await api.create(podType, pod, { manager: 'creator', namespace: 'default' });
    const status = { manager: 'kubelet', subresource: 'status' };
    const first = await api.update(podType, key, withPhase('Pending'), status);
    expect(whoAndWhen(first.object)).toEqual(['creator Update  01Z', 'kubelet Update status 02Z']);
    const second = await api.update(podType, key, withPhase('Running'), status);
    expect(whoAndWhen(second.object)).toEqual(['creator Update  01Z', 'kubelet Update status 03Z']);
    const wanted = { ...pod, metadata: { name: 'a', labels: { x: 'y' } } };
    const now = new Date(Date.UTC(2026, 0, 1, 0, 0, 50));
    const options = { manager: 'applier', type: podType, force: false, now };
    const apply = (before: KubernetesObject) => kinds.applied(before, wanted, options);
    const applied = await api.update(podType, key, apply, { manager: 'applier', applied: true });
    expect(whoAndWhen(applied.object)[0]).toBe('applier Apply  50Z');
    const again = await api.update(podType, key, apply, { manager: 'applier', applied: true });
    expect(again.object).toBe(applied.object);
  });

  it('change nothing when they bring nothing new, with or without the managers', async () => {
    const api = trackingApi();
    const { object } = await api.create(podType, pod, { manager: 'creator', namespace: 'default' });
    expect((await api.update(podType, key, () => pod, { manager: 'other' })).object).toBe(object);
    const copy = structuredClone(object);
    expect((await api.update(podType, key, () => copy, { manager: 'other' })).object).toBe(object);
  });

  it('share the set of fields while only values change', async () => {
    const api = trackingApi();
    await api.create(podType, pod, { manager: 'creator', namespace: 'default' });
    const status = { manager: 'kubelet', subresource: 'status' };
    const { object: first } = await api.update(podType, key, withPhase('Pending'), status);
    const { object: second } = await api.update(podType, key, withPhase('Running'), status);
    const sets = ({ metadata }: KubernetesObject) => metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1);
    expect(sets(second)?.every((set, index) => set === sets(first)?.[index])).toBe(true);
  });

  it('keep the version that their manager speaks', async () => {
    const api = trackingApi();
    const draft = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { name: 'a' },
      spec: { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' } }] }] },
    };
    const type = typeOf(draft);
    const { object } = await api.create(type, draft, { manager: 'creator', namespace: 'default' });
    expect(object.apiVersion).toBe('networking.istio.io/v1');
    expect(object.metadata.managedFields).toMatchObject([{ apiVersion: 'networking.istio.io/v1beta1' }]);
    const wanted = { ...draft, spec: { hosts: ['b'] } };
    const options = { manager: 'x', type, force: false, now: new Date(0) };
    expect(() => kinds.applied(object, wanted, options)).toThrow(
      'Apply failed with 1 conflict: conflict with "creator" using networking.istio.io/v1beta1: .spec.hosts',
    );
  });

  it('name their subresource', async () => {
    const api = trackingApi();
    await api.create(podType, pod, { manager: 'creator', namespace: 'default' });
    const status = { manager: 'kubelet', subresource: 'status' };
    const { object } = await api.update(podType, key, withPhase('Failed'), status);
    const options = { manager: 'x', subresource: 'status', type: podType, force: false, now: new Date(0) };
    const wanted = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: { phase: 'Running' } };
    expect(() => kinds.applied(object, wanted, options)).toThrow(
      'conflict with "kubelet" with subresource "status" using v1: .status.phase',
    );
  });

  it('of a kind without a schema are tracked field by field', () => {
    const unknown = { apiVersion: 'x/v1', kind: 'Unheard', metadata: { name: 'a' }, spec: { a: { b: [1] } } };
    const after = {
      ...unknown,
      metadata: { name: 'a', uid: '1', resourceVersion: '', creationTimestamp: '' },
    };
    const { metadata } = kinds.updated({ before: undefined, after, manager: 'm', now: new Date(0) });
    expect(metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} } },
    });
  });
});
