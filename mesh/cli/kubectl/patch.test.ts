import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { deployment, object, pod } from '#mesh/cli/testing/objects.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import type { ApplyRequest, KubernetesObject } from '#mesh/run/api.ts';

const stored = (given: KubernetesObject): KubernetesObject => ({
  ...given,
  metadata: { ...given.metadata, resourceVersion: '7', uid: 'u' },
});
const reviews = stored(
  object('networking.istio.io/v1', 'VirtualService', {
    name: 'reviews',
    spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }] },
  }),
);
const mesh = { objects: [reviews, stored(deployment('web')), pod('a')] };

async function patch(...argv: string[]) {
  const client = fakeClient(mesh);
  const run = await runCli(['patch', ...argv], { client });
  const request = client.calls.find(([method]) => method === 'apply')?.[1] as ApplyRequest | undefined;
  return { ...run, applied: request && parse(request.files[0]?.text ?? ''), request };
}

describe('kubectl patch', () => {
  it('merges, and applies the whole object without what the mesh adds', async () => {
    const { stdout, applied } = await patch(
      'vs',
      'reviews',
      '--type=merge',
      '-p',
      '{"spec":{"hosts":["r"],"http":null}}',
    );
    expect(stdout).toBe('virtualservice.networking.istio.io/reviews patched\n');
    expect(applied).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'reviews', namespace: 'default', labels: {} },
      spec: { hosts: ['r'] },
    });
  });

  it('takes JSON patches', async () => {
    const operations = '[{"op":"replace","path":"/spec/http/0/route/0/destination/subset","value":"v3"}]';
    const { applied } = await patch('virtualservice/reviews', '--type', 'json', '-p', operations);
    expect(applied.spec.http).toEqual([{ route: [{ destination: { host: 'reviews', subset: 'v3' } }] }]);
  });

  it('merges containers by their names, in YAML too', async () => {
    const text =
      'spec: {template: {spec: {containers: [{name: app, env: [{name: A, value: b}]}, {name: new}]}}}';
    const { stdout, applied } = await patch('deploy', 'web', '-p', text);
    expect(stdout).toBe('deployment.apps/web patched\n');
    expect(applied.spec.template.spec.containers).toEqual([
      { name: 'app', image: 'chain', env: [{ name: 'A', value: 'b' }] },
      { name: 'new' },
    ]);
    expect(applied).not.toHaveProperty('status');
  });

  it('takes list items away when told to', async () => {
    const text = '{"spec":{"template":{"spec":{"containers":[{"name":"app","$patch":"delete"}]}}}}';
    expect((await patch('deploy/web', '-p', text)).applied.spec.template.spec.containers).toEqual([]);
  });

  it('says when nothing changes, and changes nothing then', async () => {
    const { stdout, request } = await patch(
      'vs',
      'reviews',
      '--type=merge',
      '-p',
      '{"spec":{"hosts":["reviews"]}}',
    );
    expect(stdout).toBe('virtualservice.networking.istio.io/reviews patched (no change)\n');
    expect(request).toBeUndefined();
  });

  it('hands a dry run on', async () => {
    const { stdout, request } = await patch(
      'vs',
      'reviews',
      '--type=merge',
      '--dry-run=server',
      '-p',
      '{"spec":{"hosts":[]}}',
    );
    expect(stdout).toBe('virtualservice.networking.istio.io/reviews patched (dry run)\n');
    expect(request?.dryRun).toBe(true);
  });

  it.each([
    [['vs', 'reviews', '-p', '{"spec":{}}'], 'add --type merge'],
    [['vs', 'reviews', '--type=merge'], 'must specify one of --patch'],
    [['vs', 'reviews', '--type=merge', '-p', '{'], 'unable to parse the patch'],
    [['vs', 'reviews', '--type=merge', '-p', '[]'], 'must be an object'],
    [['vs', 'reviews', '--type=json', '-p', '{}'], 'must be a list of operations'],
    [
      ['vs', 'reviews', '--type=json', '-p', '[{"op":"replace","path":"/spec/x/y","value":1}]'],
      'does not fit',
    ],
    [['vs', 'reviews', '--type=merge', '-p', '{"metadata":{"name":"x"}}'], 'cannot be changed'],
    [['vs', 'none', '--type=merge', '-p', '{}'], 'not found'],
    [['vs', '--type=merge', '-p', '{}'], 'name of the object to patch is missing'],
    [['pod', 'a', '--type=merge', '-p', '{}'], 'pod/a was made by the mesh'],
  ])('refuses %j', async (argv, message) => {
    const { exitCode, stderr, request } = await patch(...argv);
    expect([exitCode, request]).toEqual([1, undefined]);
    expect(stderr).toContain(message);
  });

  it('tells what the mesh has against it', async () => {
    const diagnostics = [{ severity: 'error', code: 'IST0101', message: 'host not found' }] as const;
    const client = fakeClient({ ...mesh, diagnostics });
    const argv = ['patch', 'vs', 'reviews', '--type=merge', '-p', '{"spec":{"hosts":["x"]}}'];
    const { exitCode, stdout, stderr } = await runCli(argv, { client });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('IST0101');
    expect(stderr).toContain('nothing was changed');
  });
});
