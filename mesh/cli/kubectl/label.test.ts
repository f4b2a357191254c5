import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { namespace, pod } from '#mesh/cli/testing/objects.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

const mesh = {
  objects: [namespace('default', { 'istio-injection': 'disabled' }), pod('a', { labels: { app: 'web' } })],
};

async function label(...argv: string[]) {
  const client = fakeClient(mesh);
  return { ...(await runCli(['label', ...argv], { client })), calls: client.calls };
}

describe('kubectl label', () => {
  it('sets and removes labels', async () => {
    const { stdout, calls } = await label('pod', 'a', 'version=v1', 'app-');
    expect(stdout).toBe('pod/a labeled\n');
    const request = {
      kind: 'Pod',
      name: 'a',
      namespace: 'default',
      set: { version: 'v1' },
      remove: ['app'],
      overwrite: false,
    };
    expect(calls).toEqual([['label', request]]);
  });

  it('overwrites only when told to', async () => {
    const refused = await label('namespace', 'default', 'istio-injection=enabled');
    expect(refused.stderr).toBe(
      "error: 'istio-injection' already has a value (disabled), and --overwrite is false\n",
    );
    expect([refused.exitCode, refused.calls]).toEqual([1, []]);
    const allowed = await label('namespace', 'default', 'istio-injection=enabled', '--overwrite');
    expect(allowed.stdout).toBe('namespace/default labeled\n');
    expect(allowed.calls).toMatchObject([
      ['label', { set: { 'istio-injection': 'enabled' }, namespace: '' }],
    ]);
  });

  it('says when nothing changes', async () => {
    expect((await label('ns', 'default', 'istio-injection=disabled')).stdout).toBe(
      'namespace/default not labeled\n',
    );
    expect((await label('ns', 'default', 'missing-')).stdout).toBe('namespace/default not labeled\n');
    expect((await label('ns', 'default', 'istio-injection-')).stdout).toBe('namespace/default unlabeled\n');
  });

  it('wants a label and a name', async () => {
    expect((await label('ns', 'default')).stderr).toContain('at least one label update is required');
    expect((await label('ns', 'a=b')).stderr).toContain('must be specified by name');
  });
});
