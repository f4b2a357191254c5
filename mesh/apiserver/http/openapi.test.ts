import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedKinds, serveKinds } from '#mesh/apiserver/testing/served-kinds.ts';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: object };
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': object;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}
interface Index {
  readonly paths: Record<string, { readonly serverRelativeURL: string }>;
}

let served: ServedKinds;
const describeAll = (_: string, kind: string, path: readonly string[]) => [kind, ...path].join('.');

beforeAll(async () => {
  served = await serveKinds({ describe: describeAll });
});
afterAll(() => {
  served.close();
  expect(served.bugs).toEqual([]);
});

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${served.url}${path}`, { headers });
const documentAt = async (path: string) => (await (await ask(`/openapi/v3/${path}`)).json()) as Document;
const index = async () => (await (await ask('/openapi/v3')).json()) as Index;

describe('OpenAPI v3', () => {
  it('names every group-version, each with an address that changes with it', async () => {
    const { paths } = await index();
    const { types } = served.kinds;
    const groupVersions = types.all.flatMap(({ group, versions }) =>
      versions.map((version) => (group ? `apis/${group}/${version}` : `api/${version}`)),
    );
    expect(Object.keys(paths).sort()).toEqual([...new Set(groupVersions)].sort());
    for (const path of ['api/v1', 'apis/apps/v1']) {
      expect(paths[path]?.serverRelativeURL).toMatch(new RegExp(`^/openapi/v3/${path}\\?hash=[0-9A-F]{64}$`));
    }
  });

  it('has for each kind the operations that clients look for', async () => {
    const { paths } = await documentAt('apis/apps/v1');
    const patch = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.['patch'];
    expect(patch?.['x-kubernetes-action']).toBe('patch');
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    });
    const inQuery = patch?.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    expect(inQuery).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(Object.keys(patch?.requestBody?.content ?? {})).toContain(
      'application/strategic-merge-patch+json',
    );
    expect(paths['/apis/apps/v1/deployments']?.['get']?.['x-kubernetes-action']).toBe('list');
    expect(paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']?.['get']).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    });
    const istio = await documentAt('apis/networking.istio.io/v1');
    const route = istio.paths['/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/{name}'];
    expect(Object.keys(route?.['patch']?.requestBody?.content ?? {})).toEqual([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
    const core = await documentAt('api/v1');
    expect(Object.keys(core.paths['/api/v1/nodes/{name}'] ?? {}).sort()).toEqual([
      'delete',
      'get',
      'patch',
      'put',
    ]);
  });

  it('refers to nothing outside, in any document', async () => {
    for (const path of Object.keys((await index()).paths)) {
      const { components, ...rest } = await documentAt(path);
      const text = JSON.stringify([rest, components]);
      const missing = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
        .map(([, name = '']) => name)
        .filter((name) => !Object.hasOwn(components.schemas, name));
      expect(missing, path).toEqual([]);
    }
  });

  it('says what the mesh does with each field, though kinds share their parts', async () => {
    const { schemas } = (await documentAt('apis/apps/v1')).components;
    const property = (name: string, field: string) =>
      (schemas[name] as { properties: Record<string, { description?: string; allOf?: unknown }> }).properties[
        field
      ];
    expect(schemas['io.k8s.api.apps.v1.Deployment']?.['description']).toBe('Deployment');
    expect(property('io.k8s.api.apps.v1.DeploymentSpec', 'replicas')?.description).toBe(
      'Deployment.spec.replicas',
    );
    expect(property('io.k8s.api.core.v1.Container', 'image')?.description).toMatch(
      /\.spec\.containers\.image$/,
    );
    expect(property('io.k8s.api.apps.v1.DeploymentSpec', 'template')).toMatchObject({
      description: 'Deployment.spec.template',
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec' }],
    });
  });

  it('is sent zipped, and not again to who has it', async () => {
    const { paths } = await index();
    const url = paths['apis/apps/v1']?.serverRelativeURL ?? '';
    const first = await ask(url, { 'accept-encoding': 'gzip' });
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(first.headers.get('cache-control')).toContain('immutable');
    const etag = first.headers.get('etag') ?? '';
    const again = await ask(url, { 'if-none-match': `"other", ${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const old = await ask('/openapi/v3/apis/apps/v1?hash=OLD');
    expect(old.headers.get('cache-control')).toBe('no-cache, private');
    expect((await ask(url, { 'accept-encoding': 'identity' })).headers.get('content-encoding')).toBeNull();
  });

  it.each([
    ['/openapi/v3/apis/nothing/v1', {}, 404],
    ['/openapi/v3/api/v2', {}, 404],
    ['/openapi/v3', { accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf' }, 406],
    [
      '/openapi/v3/api/v1',
      { accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf,application/json' },
      200,
    ],
    ['/openapi/v2', { accept: 'image/png' }, 406],
  ])('%s %j: %i', async (path, headers, status) => {
    expect((await ask(path, headers)).status).toBe(status);
  });
});

describe('OpenAPI v2', () => {
  it('is one document of all, in its own notation', async () => {
    const text = await (await ask('/openapi/v2')).text();
    expect(text.includes('#/components')).toBe(false);
    const { definitions, paths, swagger } = JSON.parse(text) as Record<string, Record<string, unknown>>;
    expect(swagger).toBe('2.0');
    expect(definitions).toHaveProperty(['io.k8s.api.core.v1.Pod']);
    expect(definitions).toHaveProperty(['io.istio.networking.v1.VirtualService']);
    expect(paths).toHaveProperty(['/api/v1/namespaces/{namespace}/pods/{name}', 'patch']);
    const missing = [...text.matchAll(/"#\/definitions\/([^"]+)"/g)].filter(
      ([, name = '']) => !Object.hasOwn(definitions ?? {}, name),
    );
    expect(missing).toEqual([]);
  });

  it('is protobuf to those who ask for it first', async () => {
    const response = await ask('/openapi/v2', {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    expect(response.headers.get('content-type')).toBe(
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    );
    const bytes = Buffer.from(await response.arrayBuffer());
    // Field 1, a text of three bytes.
    expect(bytes.subarray(0, 5).toString('latin1')).toBe('\x0a\x032.0');
    expect(bytes.includes('io.k8s.api.apps.v1.Deployment')).toBe(true);
  });
});

it('a new definition changes the documents of its group, and of no other', async () => {
  const before = (await index()).paths;
  served.kinds.define({
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: 'widgets.example.com' },
    spec: {
      ...{ group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' } },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } },
        },
      ],
    },
  });
  const { 'apis/example.com/v1': added, ...after } = (await index()).paths;
  expect(after).toEqual(before);
  expect(added).toBeDefined();
  const { components } = await documentAt('apis/example.com/v1');
  expect(components.schemas['com.example.v1.Widget']).toMatchObject({
    properties: { size: { type: 'integer' } },
  });
});
