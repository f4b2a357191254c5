import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runProgramOf } from '#mesh/cli/testing/interactions.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { projectRoot } from '#mesh/project-root.ts';

const client = fakeClient({
  overview: { pods: [], urls: [], standIns: [], gatewayUrl: 'http://localhost:8080' },
});

describe('mesh shell', () => {
  it('runs one command line with the programs, the mesh and the gateway, and passes its exit code on', async () => {
    const { exitCode, program, stateRoot } = await runProgramOf(
      ['shell', '-c', 'kubectl get pods | wc -l'],
      client,
    );
    expect(exitCode).toBe(3);
    expect(program).toMatchObject({
      command: 'sh',
      args: ['-c', 'kubectl get pods | wc -l'],
      interactive: true,
    });
    expect(program?.env).toMatchObject({
      PATH: `${stateRoot}/shell/mesh101-programs:${projectRoot}/bin:/usr/bin`,
      KUBECONFIG: `${stateRoot}/kubeconfig`,
      GATEWAY_URL: 'localhost:8080',
      INGRESS_HOST: 'localhost',
      INGRESS_PORT: '8080',
      MESH_HOME: stateRoot,
    });
  });

  it("opens the user's shell, or sh", async () => {
    expect((await runProgramOf(['shell'], client)).program).toMatchObject({ command: 'sh', args: ['-i'] });
    const bash = await runProgramOf(['shell'], client, { SHELL: '/usr/local/bin/bash' });
    expect(bash.program?.command).toBe('/usr/local/bin/bash');
    expect(bash.program?.env['MESH_SHELL_BANNER']).toContain('the gateway is http://localhost:8080/.');
  });

  it('refuses a shell whose files it cannot win over, and names the ways', async () => {
    const { exitCode, stderr, program } = await runProgramOf(['shell'], client, { SHELL: '/usr/bin/nu' });
    expect([exitCode, program]).toEqual([1, undefined]);
    expect(stderr).toContain(
      'your shell is /usr/bin/nu, and mesh shell knows only bash, zsh, fish, sh, dash',
    );
    expect(stderr).toContain('SHELL=bash make shell');
    expect(stderr).toContain('eval "$(bin/mesh shell --env)"');
  });

  it('keeps requests to the laptop from a proxy of the user', async () => {
    const proxied = { http_proxy: 'http://proxy:3128', NO_PROXY: 'corp.example', PATH: '/usr/bin' };
    const { program } = await runProgramOf(['shell', '-c', 'true'], client, proxied);
    const none = 'corp.example,localhost,127.0.0.1,::1';
    expect(program?.env).toMatchObject({ http_proxy: 'http://proxy:3128', no_proxy: none, NO_PROXY: none });
    const all = await runProgramOf(['shell', '-c', 'true'], client, { no_proxy: '*' });
    expect(all.program?.env).toMatchObject({ no_proxy: '*', NO_PROXY: '*' });
  });

  it('leaves out functions that bash would import', async () => {
    const { program } = await runProgramOf(['shell', '-c', 'kubectl'], client, {
      'BASH_FUNC_kubectl%%': '() { echo real; }',
    });
    expect(Object.keys(program?.env ?? {})).not.toContain('BASH_FUNC_kubectl%%');
  });

  it('prints what a shell of the user can evaluate', async () => {
    const { stdout, exitCode, stateRoot } = await runProgramOf(['shell', '--env'], client);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("export GATEWAY_URL='localhost:8080'\n");
    expect(stdout).toContain(`export PATH='${stateRoot}/shell/mesh101-programs:${projectRoot}/bin':"$PATH"`);
    expect(stdout).toContain(`export KUBECONFIG='${stateRoot}/kubeconfig'\n`);
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
