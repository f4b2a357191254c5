import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runProgramOf } from '#mesh/cli/testing/interactions.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

const client = fakeClient({
  overview: { pods: [], urls: [], standIns: [], gatewayUrl: 'http://localhost:8080' },
});

describe('mesh shell', () => {
  it('runs one command line with the shims and the gateway, and passes its exit code on', async () => {
    const { exitCode, program } = await runProgramOf(['shell', '-c', 'kubectl get pods | wc -l'], client);
    expect(exitCode).toBe(3);
    expect(program).toMatchObject({
      command: 'sh',
      args: ['-c', 'kubectl get pods | wc -l'],
      interactive: true,
    });
    expect(program?.env).toMatchObject({
      PATH: expect.stringMatching(/\/bin\/shims:.*\/bin:\/usr\/bin$/),
      GATEWAY_URL: 'localhost:8080',
      INGRESS_HOST: 'localhost',
      INGRESS_PORT: '8080',
      MESH_HOME: '/project/.mesh',
    });
  });

  it("opens the user's shell", async () => {
    const { program, stdout } = await runProgramOf(['shell'], client);
    expect(program).toMatchObject({ command: 'sh', args: [] });
    expect(stdout).toContain('http://localhost:8080/');
  });

  it('wants a running mesh', async () => {
    expect((await runCli(['shell', '-c', 'true'])).stderr).toContain('no mesh is running here');
  });
});

it('names the further ports of the gateway as Istio does', async () => {
  const urls = [
    { name: 'gateway port 443', url: 'https://localhost:8443' },
    { name: 'gateway port 31400', url: 'tcp://localhost:31401' },
  ];
  const open = fakeClient({
    overview: { pods: [], urls, standIns: [], gatewayUrl: 'http://localhost:8080' },
  });
  const { program } = await runProgramOf(['shell', '-c', 'true'], open);
  expect(program?.env).toMatchObject({ SECURE_INGRESS_PORT: '8443', TCP_INGRESS_PORT: '31401' });
});
