import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import { type SpecialApi, serveSpecial } from '#mesh/apiserver/testing/special-api.ts';

let server: SpecialApi['server'];
let ask: SpecialApi['ask'];
let close: SpecialApi['close'];

beforeEach(async () => {
  ({ server, ask, close } = await serveSpecial());
});
afterEach(() => close());

const merge = { 'content-type': 'application/merge-patch+json' };
const inDefault = (group: string, path: string) => `/apis/${group}/namespaces/default/${path}`;
const scalePath = inDefault('apps/v1', 'deployments/d/scale');
const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 2, selector: {matchLabels: {app: d}, matchExpressions: [{key: app, operator: In, values: [d, e]}]}, template: {metadata: {labels: {app: d}}, spec: {containers: [{name: c, image: i}]}}}';

describe('scale', () => {
  it('is read, patched and replaced', async () => {
    await server.create(deployment);
    const { body } = await ask('GET', scalePath);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'd', namespace: 'default' },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=d,app in (d,e)' },
    });
    expect((await ask('PATCH', scalePath, { spec: { replicas: 5 } }, merge)).body.spec).toEqual({
      replicas: 5,
    });
    const latest = (await ask('GET', scalePath)).body;
    expect((await ask('PUT', scalePath, { ...latest, spec: { replicas: 1 } })).code).toBe(200);
    expect(server.api.store.list('deployments.apps')[0]).toMatchObject({ spec: { replicas: 1 } });
    expect((await ask('PUT', scalePath, { ...latest, spec: { replicas: 3 } })).code).toBe(409);
  });

  it('refuses fewer than none', async () => {
    await server.create(deployment);
    const { code, body } = await ask('PATCH', scalePath, { spec: { replicas: -1 } }, merge);
    expect(code).toBe(422);
    expect(body.message).toBe(
      'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it("goes where a user's definition says", async () => {
    const scale = {
      specReplicasPath: '.spec.size.wanted',
      statusReplicasPath: '.status.size',
      labelSelectorPath: '.status.pods',
    };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        ...{ group: 'example.com', scope: 'Namespaced' },
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { scale } }],
      },
    };
    server.kinds.define(definition as unknown as CustomResourceDefinition);
    await server.create(
      'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: {wanted: 2}}\nstatus: {size: 1, pods: a=b}',
    );
    const path = inDefault('example.com/v1', 'widgets/w/scale');
    expect((await ask('PATCH', path, { spec: { replicas: 4 } }, merge)).body).toMatchObject({
      spec: { replicas: 4 },
      status: { replicas: 1, selector: 'a=b' },
    });
    expect(server.api.store.list('widgets.example.com')[0]).toMatchObject({ spec: { size: { wanted: 4 } } });
  });
});

describe('an eviction', () => {
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const evict = (name: string) =>
    ask('POST', `/api/v1/namespaces/default/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: 'default' },
    });
  beforeEach(async () => {
    for (const name of ['p', 'q']) {
      await server.create(
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: d}}\nspec: {containers: [{name: c, image: i}]}`,
      );
      const type = server.kinds.types.byKey('pods');
      if (!type) throw new Error('no pods');
      await server.api.update(type, { namespace: 'default', name }, (pod) => ({ ...pod, status: ready }), {
        manager: 'kubelet',
        subresource: 'status',
      });
    }
  });

  it('takes a pod away', async () => {
    expect(await evict('p')).toMatchObject({ code: 201, body: { status: 'Success' } });
    expect(server.api.store.list('pods').map(({ metadata }) => metadata.name)).toEqual(['q']);
  });

  it('leaves as many as a budget demands', async () => {
    await server.create(
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {minAvailable: 1, selector: {matchLabels: {app: d}}}',
    );
    expect((await evict('p')).code).toBe(201);
    expect(await evict('q')).toMatchObject({
      code: 429,
      body: {
        reason: 'TooManyRequests',
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget b needs 1 healthy pods and has 1 currently',
            },
          ],
        },
      },
    });
    expect(server.api.store.list('pods')).toHaveLength(1);
  });
});

it('a pod is bound to a node once', async () => {
  await server.create(
    'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}',
  );
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'p' },
    target: { kind: 'Node', name: 'n' },
  };
  const path = '/api/v1/namespaces/default/pods/p/binding';
  expect((await ask('POST', path, binding)).code).toBe(201);
  expect(server.api.store.list('pods')[0]).toMatchObject({ spec: { nodeName: 'n' } });
  expect((await ask('POST', path, binding)).code).toBe(409);
});

it('a namespace is given up by finalize alone', async () => {
  await server.create('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}');
  await ask('PUT', '/api/v1/namespaces/shop', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  await ask('DELETE', '/api/v1/namespaces/shop');
  const { body } = await ask('GET', '/api/v1/namespaces/shop');
  expect(body).toMatchObject({ spec: { finalizers: ['kubernetes'] } });
  const path = '/api/v1/namespaces/shop/finalize';
  expect((await ask('PUT', path, { ...body, spec: { finalizers: [] } })).code).toBe(200);
  expect(server.api.store.list('namespaces')).toEqual([]);
});
