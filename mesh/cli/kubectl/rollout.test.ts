import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { deployment, object } from '#mesh/cli/testing/objects.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

const mesh = { objects: [deployment('frontend'), deployment('backend', { ready: 0 })] };

describe('kubectl rollout', () => {
  it('restarts one deployment or all of them', async () => {
    const client = fakeClient(mesh);
    const one = await runCli(['rollout', 'restart', 'deploy/frontend'], { client });
    expect(one.stdout).toBe('deployment.apps/frontend restarted\n');
    expect(client.calls).toEqual([
      ['restart', { kind: 'Deployment', name: 'frontend', namespace: 'default' }],
    ]);
    const all = await runWith(mesh, ['rollout', 'restart', 'deployment']);
    expect(all.stdout).toBe('deployment.apps/backend restarted\ndeployment.apps/frontend restarted\n');
  });

  it('refuses other kinds and reports missing ones', async () => {
    expect((await runWith(mesh, ['rollout', 'restart', 'svc/frontend'])).stderr).toContain(
      'services cannot be rolled out',
    );
    const { exitCode, stderr } = await runWith(mesh, ['rollout', 'restart', 'deploy/gone']);
    expect([exitCode, stderr]).toEqual([
      1,
      'Error from server (NotFound): deployments.apps "gone" not found\n',
    ]);
  });

  it('waits for a rollout, but not forever', async () => {
    const done = await runWith(mesh, ['rollout', 'status', 'deploy/frontend']);
    expect(done.stdout).toBe('deployment "frontend" successfully rolled out\n');
    const late = await runWith(mesh, ['rollout', 'status', 'deploy/backend', '--timeout=1ms']);
    expect(late.stdout).toBe(
      'Waiting for deployment "backend" rollout to finish: 0 of 1 updated replicas are available...\n',
    );
    expect([late.exitCode, late.stderr]).toEqual([1, 'error: timed out waiting for the condition\n']);
  });
});

describe('a rolling restart', () => {
  it('lasts until the old pods are gone', async () => {
    const restarting = deployment('frontend', { pods: 2 });
    const { stdout, exitCode } = await runWith({ objects: [restarting] }, [
      'rollout',
      'status',
      'deploy/frontend',
      '--timeout=1ms',
    ]);
    expect([exitCode, stdout]).toEqual([
      1,
      'Waiting for deployment "frontend" rollout to finish: 1 old replicas are pending termination...\n',
    ]);
  });
});

describe('kubectl wait', () => {
  const ready = object('v1', 'Pod', {
    name: 'a',
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const unready = object('v1', 'Pod', {
    name: 'b',
    status: { conditions: [{ type: 'Ready', status: 'False' }] },
  });

  it('waits for a condition', async () => {
    const met = await runWith({ objects: [ready] }, ['wait', '--for=condition=ready', 'pod', '--all']);
    expect([met.exitCode, met.stdout]).toEqual([0, 'pod/a condition met\n']);
    const late = await runWith({ objects: [unready] }, [
      'wait',
      '--for=condition=Ready',
      'pod/b',
      '--timeout=1ms',
    ]);
    expect([late.exitCode, late.stderr]).toEqual([
      1,
      'error: timed out waiting for the condition on pods/b\n',
    ]);
  });

  it('reports what is not there', async () => {
    const named = await runWith({}, ['wait', '--for=condition=Ready', 'pod/b']);
    expect(named.stderr).toBe('Error from server (NotFound): pods "b" not found\n');
    const selected = await runWith({}, ['wait', '--for=condition=Ready', 'pod', '-l', 'app=x']);
    expect(selected.stderr).toBe('error: no matching resources found\n');
    expect((await runWith({}, ['wait', '--for=delete', 'pod/b'])).exitCode).toBe(0);
    expect((await runWith({}, ['wait', 'pod/b'])).stderr).toContain('--for=condition=Ready');
  });
});
