import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { webDeployment, webRoutes, webService } from '#mesh/apiserver/testing/manifests.ts';
import { needs } from '#test/components/component.ts';
import { kubectl, runKubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

const read = (path: string, resource = 'deploy/web') =>
  session.out('get', resource, '-o', `jsonpath={${path}}`);
const all = [webDeployment(), webService(), webRoutes()];

describe('kubectl writes', needs(kubectl), () => {
  beforeEach(async () => {
    session = await kubectlSession();
  });
  afterEach(async () => {
    await session.close();
    expect(session.bugs).toEqual([]);
  });

  it('apply creates, leaves alone, and changes', async () => {
    const names = ['deployment.apps/web', 'service/web', 'virtualservice.networking.istio.io/web'];
    const said = (verb: string) => ({
      code: 0,
      err: '',
      out: names.map((name) => `${name} ${verb}\n`).join(''),
    });
    expect(await session.feed(all, 'apply', '-f', '-')).toEqual(said('created'));
    expect(await session.feed(all, 'apply', '-f', '-')).toEqual(said('unchanged'));
    const changed = { ...webRoutes(), spec: { hosts: ['web', 'web.example.com'] } };
    expect((await session.feed(changed, 'apply', '-f', '-')).out).toBe(`${names[2]} configured\n`);
    expect(await read('.spec', 'vs/web')).toBe('{"hosts":["web","web.example.com"]}');
  });

  it('a List is checked by kubectl, which asks for OpenAPI v2 then, and only in protobuf', async () => {
    const list = (...items: readonly object[]) => ({ apiVersion: 'v1', kind: 'List', items });
    const wrong = { ...webRoutes(), spec: { hosst: ['web'] } };
    const refused = await session.feed(list(webDeployment({ replicsa: 1 }), wrong), 'apply', '-f', '-');
    expect(refused.err).toContain('unknown field "replicsa" in io.k8s.api.apps.v1.DeploymentSpec');
    expect(refused.err).toContain('unknown field "hosst" in io.istio.networking.v1.VirtualService.spec');
    expect((await session.feed(list(...all), 'apply', '-f', '-')).out.trim().split('\n')).toHaveLength(3);
  });

  it('a dry run says what would be, and diff shows it', async () => {
    await session.create(webDeployment());
    const more = webDeployment({ replicas: 5 });
    expect((await session.feed(more, 'apply', '--dry-run=server', '-f', '-')).out).toBe(
      'deployment.apps/web configured (server dry run)\n',
    );
    expect(await read('.spec.replicas')).toBe('2');
    const diff = await session.feed(more, 'diff', '-f', '-');
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/^- {2}replicas: 2\n\+ {2}replicas: 5$/m);
    expect(await session.feed(webDeployment(), 'apply', '-f', '-')).toMatchObject({ code: 0 });
    expect(await session.feed(webDeployment(), 'diff', '-f', '-')).toMatchObject({ code: 0, out: '' });
  });

  it('misspelt fields are refused by name, or warned of', async () => {
    const wrong = webDeployment({ replicsa: 3 });
    const refused = await session.feed(wrong, 'create', '-f', '-');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      'strict decoding error: unknown field "spec.replicsa" (did you mean "replicas"?)\n',
    );
    const warned = await session.feed(wrong, 'create', '--validate=warn', '-f', '-');
    expect(warned).toMatchObject({ code: 0, out: 'deployment.apps/web created\n' });
    expect(warned.err).toContain('Warning: unknown field "spec.replicsa"');
    expect(await read('.spec.replicsa')).toBe('');
    expect((await session.feed(wrong, 'apply', '-f', '-')).err).toContain('unknown field "spec.replicsa"');
  });

  it('what is wrong is told field by field', async () => {
    const { code, err } = await session.feed(webDeployment({ replicas: 'two' }), 'create', '-f', '-');
    expect(code).toBe(1);
    expect(err).toMatch(/^The Deployment "web" is invalid: spec\.replicas: Invalid value: "string"/);
  });

  it('every kind of patch', async () => {
    await session.create(webDeployment());
    await session.create(webRoutes());
    const containers = [{ name: 'web', image: 'nginx:2' }];
    const strategic = JSON.stringify({ spec: { template: { spec: { containers } } } });
    expect(await session.out('patch', 'deploy', 'web', '-p', strategic)).toBe(
      'deployment.apps/web patched\n',
    );
    expect(await read('.spec.template.spec.containers[0].image')).toBe('nginx:2');
    expect(await read('.spec.template.spec.containers[0].ports[0].containerPort')).toBe('80');
    await session.out('patch', 'deploy', 'web', '--type', 'merge', '-p', '{"spec":{"replicas":5}}');
    expect(await read('.spec.replicas')).toBe('5');
    const json =
      '[{"op":"test","path":"/spec/replicas","value":5},{"op":"replace","path":"/spec/replicas","value":6}]';
    await session.out('patch', 'deploy', 'web', '--type', 'json', '-p', json);
    expect(await read('.spec.replicas')).toBe('6');
    expect(await session.run('patch', 'deploy', 'web', '--type', 'json', '-p', json)).toMatchObject({
      code: 1,
    });
    await session.out('patch', 'vs', 'web', '--type', 'merge', '-p', '{"spec":{"hosts":["a"]}}');
    expect(await read('.spec.hosts', 'vs/web')).toBe('["a"]');
    const refused = await session.run('patch', 'vs', 'web', '-p', '{"spec":{"hosts":["b"]}}');
    expect(refused.err).toContain('application/strategic-merge-patch+json is not supported');
  });

  it('labels and annotations', async () => {
    await session.create(webDeployment());
    expect(await session.out('label', 'deploy', 'web', 'tier=front')).toBe('deployment.apps/web labeled\n');
    expect((await session.run('label', 'deploy', 'web', 'tier=back')).err).toContain(
      'already has a value (front)',
    );
    await session.out('label', 'deploy', 'web', 'tier=back', '--overwrite');
    await session.out('annotate', 'deploy', 'web', 'note=x');
    expect(await read('.metadata.labels.tier} {.metadata.annotations.note')).toBe('back x');
    expect(await session.out('label', 'deploy', 'web', 'tier-')).toBe('deployment.apps/web unlabeled\n');
    expect(await read('.metadata.labels.tier')).toBe('');
  });

  it('edit', async () => {
    await session.create(webDeployment());
    const editor = join(session.options.home, 'editor');
    await writeFile(editor, `#!/bin/sh\nsed -i 's/replicas: 2/replicas: 4/' "$1"\n`);
    await chmod(editor, 0o755);
    const options = { ...session.options, env: { KUBE_EDITOR: editor } };
    expect((await runKubectl(options, 'edit', 'deploy', 'web')).out).toBe('deployment.apps/web edited\n');
    expect(await read('.spec.replicas')).toBe('4');
    expect((await runKubectl(options, 'edit', 'deploy', 'web')).err).toContain('no changes made');
  });

  it('replace, and delete', async () => {
    await session.create(webDeployment());
    const replaced = await session.feed(webDeployment({ replicas: 7 }), 'replace', '-f', '-');
    expect(replaced.out).toBe('deployment.apps/web replaced\n');
    expect(await read('.spec.replicas')).toBe('7');
    const old = { ...webDeployment(), metadata: { ...webDeployment().metadata, resourceVersion: '1' } };
    expect((await session.feed(old, 'replace', '-f', '-')).err).toContain('the object has been modified');
    expect(await session.out('delete', 'deploy', 'web')).toMatch(/^deployment\.apps "web" deleted/);
    expect((await session.run('delete', 'deploy', 'web')).err).toContain('"web" not found');
    expect((await session.run('delete', 'deploy', 'web', '--ignore-not-found')).code).toBe(0);
  });

  it('delete by label, and by file', async () => {
    await session.feed(all, 'apply', '-f', '-');
    expect(await session.out('delete', 'svc,deploy', '-l', 'app=web')).toMatch(/^service "web" deleted/m);
    expect((await session.feed(all, 'delete', '-f', '-', '--ignore-not-found')).out).toMatch(
      /^virtualservice\.networking\.istio\.io "web" deleted/,
    );
    expect(await session.out('get', 'deploy,svc,vs', '-o', 'name')).toBe('');
  });

  it('commands that make objects of others', async () => {
    await session.create(webDeployment());
    expect(await session.out('set', 'image', 'deploy/web', 'web=nginx:3')).toContain('image updated');
    expect(await session.out('set', 'env', 'deploy/web', 'A=b')).toContain('env updated');
    expect(
      await read('.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env[0].value'),
    ).toBe('nginx:3 b');
    expect(await session.out('expose', 'deploy', 'web', '--port', '8080')).toBe('service/web exposed\n');
    expect(await session.out('run', 'p', '--image=nginx')).toBe('pod/p created\n');
    expect(await session.out('wait', '--for=jsonpath={.spec.replicas}=2', 'deploy/web')).toContain(
      'condition met',
    );
  });
});
