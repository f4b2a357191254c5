import { expect, test } from 'vitest';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import type { PatchSchema } from '#mesh/apiserver/patch/patches.ts';
import { createStorage } from '#mesh/run/api-server/create-api.ts';
import { lastApplied, threeWayMerge } from '#mesh/run/apply/three-way-merge.ts';

const { kinds, facts } = createStorage();

function schemaOf(kind: string): PatchSchema | undefined {
  const type = kinds.types.ofKind(kind === 'Service' ? 'v1' : 'apps/v1', kind);
  if (!type) throw new Error(`no ${kind}`);
  return facts.patchSchema(type, type.version);
}

interface Applied {
  readonly before: Record<string, unknown>;
  /** What others have made of it since. */
  readonly others?: (spec: Record<string, unknown>) => Record<string, unknown>;
  readonly now: Record<string, unknown>;
  readonly schema?: PatchSchema | undefined;
}

/** Applies a spec, changes it as others do, and applies another one. */
function applied({ before, others = (spec) => spec, now, schema }: Applied): unknown {
  const draft = (spec: Record<string, unknown>): DraftObject => ({
    ...{ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' } },
    spec,
  });
  const first = lastApplied(draft(before), undefined);
  const current = { ...first, spec: others(before) } as KubernetesObject;
  return threeWayMerge(current, draft(now), schema)['spec'];
}

test('what a file has no more goes, and what others have set stays', () => {
  const others = (spec: object) => ({ ...spec, replicas: 3 });
  expect(applied({ before: { a: 1, b: 2 }, others, now: { a: 1 } })).toEqual({ a: 1, replicas: 3 });
});

test('what a file sets wins over what others have set', () => {
  expect(applied({ before: { a: 1 }, others: () => ({ a: 2 }), now: { a: 1 } })).toEqual({ a: 1 });
});

test('null takes a field away, whoever set it', () => {
  expect(applied({ before: {}, others: () => ({ a: 1, b: 1 }), now: { a: null } })).toEqual({ b: 1 });
});

test('a list without merge key is taken as a whole: a field that is gone from an item is gone', () => {
  const route = { route: [{ destination: { host: 'echo' } }] };
  const before = { http: [{ ...route, timeout: '1s' }] };
  expect(applied({ before, now: { http: [route] } })).toEqual({ http: [route] });
});

test('containers are merged by their names, in the order of the file', () => {
  const [a, b] = [
    { name: 'a', image: 'one' },
    { name: 'b', image: 'one' },
  ];
  const inTemplate = (containers: unknown) => ({ template: { spec: { containers } } });
  const result = applied({
    before: inTemplate([{ ...a, livenessProbe: { exec: { command: ['x'] } } }, b]),
    others: () =>
      inTemplate([{ ...b, imagePullPolicy: 'Always' }, { ...a, tty: true }, { name: 'injected' }]),
    now: inTemplate([{ ...a, image: 'two' }, b]),
    schema: schemaOf('Deployment'),
  });
  expect(result).toEqual(
    inTemplate([
      { name: 'a', image: 'two', tty: true },
      { ...b, imagePullPolicy: 'Always' },
      { name: 'injected' },
    ]),
  );
});

test('an item that a file has no more goes from a merged list', () => {
  const before = { ports: [{ port: 80, nodePort: 30_000 }, { port: 81 }] };
  const now = { ports: [{ port: 80 }] };
  expect(
    applied({
      before: { ports: [{ port: 80 }, { port: 81 }] },
      others: () => before,
      now,
      schema: schemaOf('Service'),
    }),
  ).toEqual({ ports: [{ port: 80, nodePort: 30_000 }] });
});

test('two mounts of one volume are two, as their paths tell them apart', () => {
  const mounts = [
    { name: 'data', mountPath: '/a' },
    { name: 'data', mountPath: '/b', subPath: 'b' },
  ];
  const spec = { template: { spec: { containers: [{ name: 'c', volumeMounts: mounts }] } } };
  expect(applied({ before: spec, now: spec, schema: schemaOf('Deployment') })).toEqual(spec);
});

test('another strategy leaves nothing of the one before', () => {
  const result = applied({
    before: {},
    others: () => ({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
    now: { strategy: { type: 'Recreate' } },
    schema: schemaOf('Deployment'),
  });
  expect(result).toEqual({ strategy: { type: 'Recreate' } });
});

test('an object that nobody applied before keeps what the file does not name', () => {
  const current = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { a: 1, b: 1 } };
  const wanted = { ...current, spec: { a: 2 } };
  const result = threeWayMerge(current as unknown as KubernetesObject, wanted, undefined);
  expect(result['spec']).toEqual({ a: 2, b: 1 });
  const annotations = result.metadata.annotations ?? {};
  const last = annotations['kubectl.kubernetes.io/last-applied-configuration'];
  expect(JSON.parse(last ?? '')).toEqual({ ...wanted, metadata: { name: 'thing', annotations: {} } });
});

test('an annotation that is no JSON counts as none', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'no { json' };
  const current = {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'thing', annotations },
    data: { a: '1' },
  };
  const wanted = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' }, data: { b: '2' } };
  const result = threeWayMerge(current as unknown as KubernetesObject, wanted, undefined);
  expect(result['data']).toEqual({ a: '1', b: '2' });
});

test('the annotation is, to the byte, the one that kubectl writes', () => {
  const draft = {
    ...{ kind: 'Thing', apiVersion: 'v1', data: { b: 'a < b && "c"', a: [{ y: 1.5, x: null }] } },
    metadata: { name: 'thing', labels: { app: 'thing' } },
  };
  const { annotations } = lastApplied(draft, 'shop').metadata;
  expect(annotations?.['kubectl.kubernetes.io/last-applied-configuration']).toBe(
    String.raw`{"apiVersion":"v1","data":{"a":[{"x":null,"y":1.5}],"b":"a \u003c b \u0026\u0026 \"c\""},"kind":"Thing",` +
      '"metadata":{"annotations":{},"labels":{"app":"thing"},"name":"thing","namespace":"shop"}}\n',
  );
});

test('a file that leaves the namespace open takes it from nobody', () => {
  const draft = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' } };
  const current = lastApplied(draft, 'shop') as KubernetesObject;
  expect(threeWayMerge(current, draft, undefined)).toEqual(current);
});
