import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '#mesh/apiserver/api.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '#mesh/apiserver/object.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { plainFacts, type ServedApi, servePlain } from '#mesh/apiserver/testing/plain-api.ts';

const run = promisify(execFile);
let served: ServedApi;
let folder: string;

beforeAll(async () => {
  const kinds = new Kinds();
  const api = new Api({
    store: new Store({}),
    types: kinds.types,
    rules: kinds,
    managers: kinds,
    admit: async () => ({ warnings: [] }),
  });
  const facts = {
    printer: plainFacts.printer,
    patchSchema: kinds.patchSchema.bind(kinds),
    applied: kinds.applied.bind(kinds),
  };
  served = await servePlain(api, { facts });
  folder = await mkdtemp(path.join(tmpdir(), 'apply-'));
});

afterAll(async () => {
  served.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

async function kubectl(...args: readonly string[]): Promise<Answer> {
  const own = ['--server', served.url, '--cache-dir', path.join(folder, 'cache')];
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: path.join(folder, 'none') };
  return await run('kubectl', [...own, ...args], { env });
}

async function refusal(...args: readonly string[]): Promise<string> {
  return await kubectl(...args).then(
    ({ stdout }) => `not refused: ${stdout}`,
    (error: Answer) => error.stderr,
  );
}

async function manifest(name: string, replicas: number, image: string, more: object = {}): Promise<string> {
  const file = path.join(folder, `${name}-${replicas}-${image}.json`);
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template, ...more };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec,
  };
  await writeFile(file, JSON.stringify(object));
  return file;
}

async function get(name: string): Promise<KubernetesObject> {
  const { stdout } = await kubectl('get', 'deployment', name, '-o', 'json', '--show-managed-fields');
  return JSON.parse(stdout) as KubernetesObject;
}

const applyHere = ['apply', '--validate=false', '--server-side'];

function whoHas(object: KubernetesObject, field: string): string[] {
  const has = ({ fieldsV1 }: ManagedFieldsEntry) => field in ((fieldsV1['f:spec'] ?? {}) as object);
  return (object.metadata.managedFields ?? [])
    .filter(has)
    .map(({ manager, operation, subresource = '' }) => `${manager} ${operation} ${subresource}`.trim());
}

describe('kubectl apply --server-side', () => {
  it('creates, changes nothing the second time, and changes what is new', async () => {
    const file = await manifest('one', 1, 'a');
    expect((await kubectl(...applyHere, '-f', file)).stdout).toBe('deployment.apps/one serverside-applied\n');
    const first = await get('one');
    expect(whoHas(first, 'f:replicas')).toEqual(['kubectl Apply']);
    await kubectl(...applyHere, '-f', file);
    expect((await get('one')).metadata).toEqual(first.metadata);
    await kubectl(...applyHere, '-f', await manifest('one', 2, 'a'));
    expect(await get('one')).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 } });
  });

  it('is refused what another manager has, unless by force', async () => {
    await kubectl(...applyHere, '--field-manager=ci', '-f', await manifest('two', 1, 'a'));
    const file = await manifest('two', 3, 'b');
    const refused = await refusal(...applyHere, '-f', file);
    expect(refused).toContain('Apply failed with 2 conflicts: conflicts with "ci":');
    expect(refused).toContain('- .spec.replicas\n');
    expect(refused).toContain('- .spec.template.spec.containers[name="web"].image\n');
    expect((await get('two'))['spec']).toMatchObject({ replicas: 1 });
    await kubectl(...applyHere, '--force-conflicts', '-f', file);
    const forced = await get('two');
    expect(forced['spec']).toMatchObject({ replicas: 3 });
    expect(whoHas(forced, 'f:replicas')).toEqual(['kubectl Apply']);
    expect(whoHas(forced, 'f:selector')).toEqual(['ci Apply', 'kubectl Apply']);
  });

  it('goes on from client-side apply', async () => {
    await kubectl('apply', '--validate=false', '-f', await manifest('three', 1, 'a', { paused: true }));
    expect(whoHas(await get('three'), 'f:paused')).toEqual(['kubectl-client-side-apply Update']);
    await kubectl(...applyHere, '-f', await manifest('three', 2, 'b'));
    const after = await get('three');
    expect(after['spec']).toMatchObject({ replicas: 2 });
    // What the manifest does not have any more has gone, though client-side apply had set it.
    expect(after['spec']).not.toHaveProperty('paused');
    expect(whoHas(after, 'f:replicas')).toEqual(['kubectl Apply']);
  });

  it('says what does not fit the kind, and changes nothing in a dry run', async () => {
    const file = await manifest('four', 1, 'a', { replicaz: 2 });
    expect(await refusal(...applyHere, '-f', file)).toBe(
      'Error from server: failed to create typed patch object (default/four; apps/v1, Kind=Deployment): .spec.replicaz: field not declared in schema\n',
    );
    const right = await manifest('four', 2, 'a');
    await kubectl(...applyHere, '--dry-run=server', '-f', right);
    expect(await refusal('get', 'deployment', 'four')).toContain('deployments.apps "four" not found');
  });

  it('forgets the managers that a patch takes away', async () => {
    await kubectl(...applyHere, '-f', await manifest('five', 1, 'a'));
    const reset = '{"metadata":{"managedFields":[{}]}}';
    await kubectl('patch', 'deployment', 'five', '--type=merge', '-p', reset);
    expect((await get('five')).metadata.managedFields).toBeUndefined();
    expect(await refusal(...applyHere, '-f', await manifest('five', 2, 'a'))).toContain(
      'conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
  });

  it('needs a name for who applies', async () => {
    const url = `${served.url}/apis/apps/v1/namespaces/default/deployments/six`;
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const response = await fetch(url, { method: 'PATCH', headers, body: '{}' });
    expect(await response.json()).toMatchObject({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
  });
});
