import { describe, expect, it } from 'vitest';
import { deployment, object, pod, service } from '#mesh/cli/testing/objects.ts';
import { runWith } from '#mesh/cli/testing/run-cli.ts';

const restarted = object('v1', 'Pod', {
  name: 'backend-a',
  labels: { app: 'backend', version: 'v1' },
  spec: {
    serviceAccountName: 'backend',
    containers: [{ name: 'app', image: 'chain', ports: [{ containerPort: 3000 }] }],
  },
  status: {
    phase: 'Running',
    podIP: '10.1.0.8',
    containerStatuses: [
      {
        name: 'app',
        ready: false,
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 4s' } },
        lastState: { terminated: { exitCode: 78, reason: 'Error' } },
      },
    ],
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
  },
});
const mesh = {
  objects: [
    restarted,
    pod('frontend-a'),
    deployment('frontend'),
    service('frontend'),
    object('v1', 'ConfigMap', { name: 'settings' }),
    object('networking.istio.io/v1', 'VirtualService', {
      name: 'frontend',
      spec: { hosts: ['*'], gateways: ['demo'] },
    }),
  ],
};

describe('kubectl describe', () => {
  it.each([
    ['pod', 'pod/backend-a'],
    ['service', 'svc/frontend'],
    ['deployment', 'deploy/frontend'],
    ['virtualservice', 'vs/frontend'],
  ])('describes a %s', async (name, word) => {
    const { stdout, exitCode } = await runWith(mesh, ['describe', word]);
    expect(exitCode).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`testdata/describe-${name}.txt`);
  });

  it('describes all of a kind, and reports what is missing', async () => {
    const all = await runWith(mesh, ['describe', 'pods']);
    expect(all.stdout.match(/^Name: +.*/gm)).toEqual([
      'Name:             backend-a',
      'Name:             frontend-a',
    ]);
    const gone = await runWith(mesh, ['describe', 'pod', 'gone']);
    expect([gone.exitCode, gone.stderr]).toEqual([
      1,
      'Error from server (NotFound): pods "gone" not found\n',
    ]);
    const none = await runWith(mesh, ['describe', 'gw']);
    expect(none.stderr).toBe('No resources found in default namespace.\n');
  });

  it('never shows the values of a Secret', async () => {
    const secret = object('v1', 'Secret', { name: 'key' });
    const { stdout } = await runWith({ objects: [{ ...secret, data: { 'tls.key': 'aGlkZGVu' } }] }, [
      'describe',
      'secret',
      'key',
    ]);
    expect(stdout).toContain('tls.key: 8 characters');
    expect(stdout).not.toContain('aGlkZGVu');
  });
});
