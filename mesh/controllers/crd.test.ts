import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { crd } from '#mesh/apiserver/shapes/definitions.ts';
import { type KindsApi, kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';
import { Controllers } from '#mesh/controllers/controllers.ts';
import { DefinitionController } from '#mesh/controllers/crd.ts';
import { typeOf } from '#mesh/controllers/workload.ts';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const resource = 'widgets.example.com';
const manager = { manager: 'test' };
let server: KindsApi;
let running: Controllers;
const problems: string[] = [];

beforeEach(() => {
  server = kindsApi();
  running = new Controllers({
    store: server.api.store,
    controllers: [new DefinitionController(server.api, server.kinds)],
    onProblem: (problem) => problems.push(problem),
  });
});
afterEach(() => {
  running.stop();
  expect(problems.splice(0)).toEqual([]);
});

function definition(names: object = {}, versions: readonly object[] = [version('v1')]): DraftObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: resource },
    spec: {
      ...{ group: 'example.com', scope: 'Namespaced' },
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], ...names },
      versions,
    },
  };
}

function version(name: string, more: object = {}) {
  const properties = { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 9 } } } };
  return {
    name,
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
    ...more,
  };
}

const widget = (size: number, metadata: object = {}) =>
  ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', ...metadata },
    spec: { size },
  }) as DraftObject;
const stored = (name = resource) =>
  server.api.store.get(definitions, { name }) as KubernetesObject | undefined;
const remove = (name = resource) => server.api.delete(typeOf(server.api, definitions), { name }, manager);
const conditionsOf = (object: KubernetesObject | undefined) =>
  (
    (object?.['status'] as { conditions?: { type: string; status: string; reason: string }[] })?.conditions ??
    []
  ).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

it('serves what is defined, and takes it away with its objects', async () => {
  await server.create(definition());
  await running.settled();
  expect(stored()).toMatchObject({
    spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
    status: { acceptedNames: { plural: 'widgets', kind: 'Widget' }, storedVersions: ['v1'] },
  });
  expect(conditionsOf(stored())).toEqual([
    'NamesAccepted True NoConflicts',
    'Established True InitialNamesAccepted',
  ]);
  await server.create(widget(1));
  expect(await server.causes(widget(10, { name: 'x' }))).toEqual([
    'spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9',
  ]);
  await remove();
  await running.settled();
  expect(stored()).toBeUndefined();
  expect(server.api.store.list(resource)).toEqual([]);
  expect(server.kinds.types.byKey(resource)).toBeUndefined();
});

it("waits for its objects' finalizers", async () => {
  await server.create(definition());
  await running.settled();
  await server.create(widget(1, { finalizers: ['example.com/x'] }));
  await remove();
  await running.settled();
  expect(conditionsOf(stored())).toContain('Terminating True InstanceDeletionInProgress');
  const free = (before: KubernetesObject) => ({
    ...before,
    metadata: { ...before.metadata, finalizers: [] },
  });
  await server.api.update(typeOf(server.api, resource), { namespace: 'default', name: 'w' }, free, manager);
  await running.settled();
  expect(stored()).toBeUndefined();
});

it('follows a new version, and keeps the old one in mind', async () => {
  await server.create(definition());
  await running.settled();
  await server.replace(definition({}, [version('v1', { storage: false }), version('v2')]));
  await running.settled();
  expect(stored()).toMatchObject({ status: { storedVersions: ['v1', 'v2'] } });
  expect(server.kinds.types.byKey(resource)).toMatchObject({ version: 'v2', versions: ['v1', 'v2'] });
  const [cause] = await server.causes(definition({}, [version('v2')]), 'replace');
  expect(cause).toMatch(
    /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was/,
  );
});

it('does not accept names that are taken, until they are free', async () => {
  await server.create(definition());
  await running.settled();
  const other = definition({ plural: 'gadgets', singular: 'gadget' });
  await server.create({ ...other, metadata: { name: 'gadgets.example.com' } });
  await running.settled();
  expect(conditionsOf(stored('gadgets.example.com'))).toEqual([
    'NamesAccepted False ShortNamesConflict',
    'Established False NotAccepted',
  ]);
  expect(server.kinds.types.byKey('gadgets.example.com')).toBeUndefined();
  await remove();
  await running.settled();
  expect(conditionsOf(stored('gadgets.example.com'))[1]).toBe('Established True InitialNamesAccepted');
});

it("takes Istio's own definitions, which are served already, and their end", async () => {
  const name = 'virtualservices.networking.istio.io';
  await server.create(crd(name) as unknown as DraftObject);
  await running.settled();
  expect(conditionsOf(stored(name))[1]).toBe('Established True InitialNamesAccepted');
  expect(server.kinds.types.byKey(name)).toMatchObject({ shortNames: ['vs'] });
  await remove(name);
  await running.settled();
  expect(server.kinds.types.byKey(name)).toBeUndefined();
});

it('leaves finalizers of others alone', async () => {
  await server.create({ ...definition(), metadata: { name: resource, finalizers: ['example.com/mine'] } });
  await running.settled();
  await remove();
  await running.settled();
  expect(stored()?.metadata.finalizers).toEqual(['example.com/mine']);
});

it.each([
  [
    'a name of its own',
    { ...definition(), metadata: { name: 'x' } },
    ['metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group'],
  ],
  [
    'two versions to store',
    definition({}, [version('v1'), version('v2')]),
    [/^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/],
  ],
  [
    'no schema',
    definition({}, [version('v1', { schema: {} })]),
    ['spec.versions[0].schema.openAPIV3Schema: Required value'],
  ],
  [
    'a field without a type',
    definition({}, [
      version('v1', { schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }),
    ]),
    [
      'spec.versions[0].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ],
  ],
  [
    'a kind that is a list',
    definition({ listKind: 'Widget' }),
    ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  ],
])('a definition with %s is refused', async (_, object, causes) => {
  expect(await server.causes(object)).toEqual(
    causes.map((cause) => (typeof cause === 'string' ? cause : expect.stringMatching(cause))),
  );
});
