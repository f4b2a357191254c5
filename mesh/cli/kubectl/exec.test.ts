import { describe, expect, it } from 'vitest';
import type { ProgramCall } from '#mesh/cli/context.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { deployment, pod } from '#mesh/cli/testing/objects.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

const mesh = {
  objects: [
    pod('frontend-a', { labels: { app: 'frontend' }, waiting: 'CrashLoopBackOff' }),
    pod('frontend-b', { labels: { app: 'frontend' } }),
    deployment('frontend'),
    deployment('asleep', { replicas: 0 }),
  ],
  exec: {
    containers: ['app', 'istio-proxy'],
    env: {
      SERVICE_NAME: 'frontend',
      http_proxy: 'http://127.0.0.1:4000',
      HTTPS_PROXY: 'http://127.0.0.1:4000',
    },
    cwd: '/pod',
    adminPort: 4001,
  },
};

async function exec(argv: readonly string[], exitCode = 0, objects = mesh) {
  const programs: ProgramCall[] = [];
  const runProgram = async (program: ProgramCall) => {
    programs.push(program);
    return exitCode;
  };
  const run = await runCli(['exec', ...argv], { client: fakeClient(objects), overrides: { runProgram } });
  return { ...run, program: programs[0] };
}

describe('kubectl exec', () => {
  it('runs the command with the environment of the pod, its proxy included', async () => {
    const { program } = await exec(['-it', 'frontend-b', '--', 'curl', '-s', '-n', 'http://middleware/']);
    expect(program).toEqual({
      command: 'curl',
      args: ['-s', '-n', 'http://middleware/'],
      env: { ...mesh.exec.env, PATH: '/usr/bin' },
      cwd: '/pod',
      interactive: true,
    });
  });

  it('finds a running pod of a deployment and leaves standard input alone', async () => {
    const { program, exitCode } = await exec(['deploy/frontend', '-c', 'app', '--', 'env']);
    expect(exitCode).toBe(0);
    expect(program).toMatchObject({ command: 'env', interactive: false });
  });

  it("takes a gateway's pod, which is all proxy, for istio-proxy", async () => {
    const gateway = { ...mesh, exec: { ...mesh.exec, containers: ['istio-proxy'] } };
    const { program } = await exec(
      ['frontend-b', '--', 'pilot-agent', 'request', 'GET', 'stats'],
      0,
      gateway,
    );
    expect(program?.env['PATH']).toContain('bin/istio-proxy');
    expect(program?.env).not.toHaveProperty('http_proxy');
  });

  it('gives istio-proxy the tools that ask its Envoy, and no proxy', async () => {
    const { program } = await exec([
      'frontend-b',
      '-c',
      'istio-proxy',
      '--',
      'pilot-agent',
      'request',
      'GET',
      'stats',
    ]);
    expect(program?.env).toEqual({
      SERVICE_NAME: 'frontend',
      ENVOY_ADMIN_PORT: '4001',
      PATH: expect.stringMatching(/\/bin\/istio-proxy:\/usr\/bin$/),
    });
  });

  it('passes the exit code on', async () => {
    const { exitCode, stderr } = await exec(['frontend-b', '--', 'false'], 22);
    expect([exitCode, stderr]).toEqual([22, 'command terminated with exit code 22\n']);
  });

  it.each([
    [['frontend-b', 'curl', 'x'], 'Use exec [POD] -- [COMMAND] instead'],
    [['frontend-b', '--'], 'you must specify at least one command'],
    [['gone', '--', 'env'], 'pods "gone" not found'],
    [['deploy/asleep', '--', 'env'], 'deployment.apps/asleep has no pods'],
    [
      ['frontend-b', '-c', 'other', '--', 'env'],
      'container other is not valid for pod frontend-b; it has app, istio-proxy',
    ],
  ])('%j is refused', async (argv, message) => {
    const { exitCode, stderr, program } = await exec(argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
    expect(program).toBeUndefined();
  });
});
