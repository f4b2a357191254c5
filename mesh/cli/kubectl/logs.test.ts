import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { deployment, pod } from '#mesh/cli/testing/objects.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

const mesh = {
  objects: [
    pod('frontend-a', { labels: { app: 'frontend' } }),
    pod('frontend-b', { labels: { app: 'frontend' } }),
    deployment('frontend'),
  ],
  logs: { 'frontend-a': 'one\ntwo\n', 'frontend-b': 'three\n' },
};

describe('kubectl logs', () => {
  it('copies the log of a pod', async () => {
    const client = fakeClient(mesh);
    const { stdout } = await runCli(['logs', 'frontend-a', '--tail', '5', '-c', 'istio-proxy'], { client });
    expect(stdout).toBe('one\ntwo\n');
    const request = {
      name: 'frontend-a',
      namespace: 'default',
      container: 'istio-proxy',
      tail: 5,
      follow: false,
    };
    expect(client.calls).toEqual([['logs', request]]);
  });

  it('chooses one pod of a deployment and says which', async () => {
    const { stdout, stderr } = await runWith(mesh, ['logs', 'deploy/frontend']);
    expect([stdout, stderr]).toEqual(['one\ntwo\n', 'Found 2 pods, using pod/frontend-a\n']);
  });

  it('shows the end of all pods with a label', async () => {
    const client = fakeClient(mesh);
    const { stdout } = await runCli(['logs', '-l', 'app=frontend', '--prefix'], { client });
    expect(stdout).toBe('[pod/frontend-a/app] one\n[pod/frontend-a/app] two\n[pod/frontend-b/app] three\n');
    expect(client.calls).toMatchObject([
      ['logs', { tail: 10 }],
      ['logs', { tail: 10 }],
    ]);
  });

  it('ends at Ctrl-C when it follows', async () => {
    const setting = { client: fakeClient(mesh), overrides: { interrupted: async () => undefined } };
    expect((await runCli(['logs', '-f', 'frontend-a'], setting)).exitCode).toBe(0);
  });
});
