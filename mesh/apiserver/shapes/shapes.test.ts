import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { componentsOf } from './components.ts';
import { dataFile } from './data-file.ts';
import { crd, crdNames, resolve } from './definitions.ts';
import { apiVersionOf, resourceOf, resourceTypes } from './resources.ts';
import type { Schema } from './schema.ts';
import { shapeOf, shapeOfCrd } from './shape.ts';

const ROOT = join(import.meta.dirname, '../../..');

it('the committed facts are those of the modules that go.mod pins', () => {
  const pins = readFileSync(join(ROOT, 'tools/shapes/go.mod'), 'utf8');
  const { modules } = dataFile<{ modules: Record<string, string> }>('modules.json');
  expect(Object.keys(modules)).toContain('istio.io/api');
  for (const [path, version] of Object.entries(modules)) {
    expect(pins, 'run `make shapes`').toMatch(
      new RegExp(`^\\s+${path.replaceAll('.', '\\.')} ${version}( //.*)?$`, 'm'),
    );
  }
});

it('every resource has a shape, a list, verbs and columns', () => {
  expect(resourceTypes().length).toBeGreaterThan(100);
  for (const resource of resourceTypes()) {
    const name = `${apiVersionOf(resource)} ${resource.kind}`;
    expect(shapeOf(apiVersionOf(resource), resource.kind), name).toBeDefined();
    expect(resource.verbs, name).not.toEqual([]);
    expect(resource.columns[0]?.name, name).toMatch(/^(Name|Last Seen)$/);
    for (const { group, version, kind } of resource.subresources ?? []) {
      if (kind.endsWith('Options')) continue;
      const apiVersion = apiVersionOf({
        group: group ?? resource.group,
        version: version ?? resource.version,
      });
      expect(shapeOf(apiVersion, kind), `${name}: ${apiVersion} ${kind}`).toBeDefined();
    }
  }
});

it('kinds without a resource of their own have shapes too, and unknown ones have none', () => {
  for (const kind of ['DeleteOptions', 'Status', 'APIResourceList', 'PodList'])
    expect(shapeOf('v1', kind), kind).toBeDefined();
  for (const kind of ['Deploymnet', 'constructor', 'DeploymentSpec'])
    expect(shapeOf('apps/v1', kind), kind).toBeUndefined();
  expect(shapeOf('apps/v2', 'Deployment')).toBeUndefined();
  expect(shapeOf('networking.istio.io/v1', 'EnvoyFilter')).toBeUndefined();
});

it('knows what discovery and tables need', () => {
  expect(resourceOf('v1', 'Pod')).toMatchObject({
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    namespaced: true,
  });
  expect(resourceOf('v1', 'Pod')?.subresources?.map(({ name }) => name)).toEqual(
    'attach binding ephemeralcontainers eviction exec log portforward proxy resize status'.split(' '),
  );
  expect(
    resourceOf('apps/v1', 'Deployment')?.columns.map(({ name, priority = 0 }) => `${name} ${priority}`),
  ).toEqual('Name 0,Ready 0,Up-to-date 0,Available 0,Age 0,Containers 1,Images 1,Selector 1'.split(','));
  expect(resourceOf('networking.istio.io/v1', 'VirtualService')?.columns).toEqual([
    { name: 'Name', type: 'string', format: 'name' },
    { name: 'Gateways', type: 'string', jsonPath: '.spec.gateways' },
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ]);
});

describe('every field of every version is reached through the reader', () => {
  it.each(crdNames())('%s', (name) => {
    let walked = 0;
    for (const { name: version, schema } of crd(name).spec.versions) {
      const { group, names } = crd(name).spec;
      const shape = shapeOf(`${group}/${version}`, names.kind);
      const walk = (raw: Schema, read: Schema | undefined, path: string): void => {
        expect(read, path).toBeDefined();
        const whole = resolve(read ?? {});
        for (const [field, inner] of Object.entries(raw.properties ?? {})) {
          walked += 1;
          walk(inner, whole.properties?.[field], `${path}.${field}`);
        }
        if (raw.items) walk(raw.items, whole.items, `${path}[]`);
        if (typeof raw.additionalProperties === 'object') {
          walk(raw.additionalProperties, whole.additionalProperties as Schema, `${path}{}`);
        }
      };
      walk(schema?.openAPIV3Schema ?? {}, shape?.schema, '');
    }
    expect(walked).toBeGreaterThan(15);
  });
});

describe('componentsOf', () => {
  const groupVersions = [...new Set(resourceTypes().map(apiVersionOf))];

  it.each(groupVersions)('%s refers to nothing outside', (apiVersion) => {
    const components = componentsOf(apiVersion);
    const references = JSON.stringify(components).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    const missing = [...references]
      .map(([, name = '']) => name)
      .filter((name) => !Object.hasOwn(components, name));
    expect(missing).toEqual([]);
  });

  it('names a custom kind as Kubernetes does', () => {
    const kind = componentsOf('networking.istio.io/v1')['io.istio.networking.v1.VirtualService'];
    expect(kind?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService' },
    ]);
  });
});

it('contains no prose', () => {
  const prose = (node: unknown, path: string): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    return Object.entries(node).flatMap(([key, value]) =>
      key === 'description' && typeof value === 'string' ? [path] : prose(value, `${path}.${key}`),
    );
  };
  expect(resourceTypes().flatMap((each) => prose(shapeOf(apiVersionOf(each), each.kind), each.kind))).toEqual(
    [],
  );
  expect(crdNames().flatMap((name) => prose(crd(name), name))).toEqual([]);
});

it("a user's CRD has a shape by the same code", () => {
  const own = shapeOfCrd(
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
          },
          { name: 'v2', served: false, storage: false },
        ],
      },
    },
    'v1',
  );
  expect(own).toMatchObject({ apiVersion: 'example.com/v1', kind: 'Widget', native: false });
  expect(Object.keys(own?.schema.properties ?? {}).sort()).toEqual([
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  ]);
});
