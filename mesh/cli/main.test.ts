import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

describe('main', () => {
  it('explains itself', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const command of ['up', 'down', 'get', 'proxy-config', 'explain', 'analyze']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}[ |]`, 'm'));
    }
  });

  it.each([
    [['scale', 'deploy/x'], "unknown command 'scale'", 'has: up, down,'],
    [['kubectl', 'scale', 'deploy/x'], "unknown command 'scale'", 'kubectl has: get, describe,'],
    [['kubectl', 'up'], "unknown command 'up'", 'kubectl has: get,'],
    [['istioctl', 'install'], "unknown command 'install'", 'istioctl has: proxy-config,'],
    [['get', 'pods', '--watch'], "unknown option '--watch'", 'mesh get has the flags: -n/--namespace,'],
    [
      ['kubectl', 'rollout', 'undo', 'deploy/x'],
      "unknown command 'undo'",
      'kubectl rollout has: restart, status',
    ],
    [['logs', '--tail', 'x', 'pod'], "argument 'x' is invalid", 'whole number'],
  ])('%j is refused with what there is', async (argv, reason, supported) => {
    const { exitCode, stderr, stdout } = await runWith({}, argv);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(reason);
    expect(stderr).toContain(supported);
  });

  it('shows help for no command at all', async () => {
    const { exitCode, stderr } = await runCli([]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Usage: mesh');
  });

  it("prints the runner's refusal, and lets a bug be one", async () => {
    const { exitCode, stderr } = await runWith({}, ['pc', 'routes', 'gone']);
    expect([exitCode, stderr]).toEqual([1, 'Error from server (NotFound): no proxy gone.default\n']);
    const broken = { ...fakeClient(), overview: async () => Promise.reject(new TypeError('bug')) };
    await expect(runCli(['status'], { client: broken })).rejects.toThrow('bug');
  });

  it('says where to look when the runner goes away in between', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const gone = { ...fakeClient(), overview: async () => Promise.reject(reset) };
    const { exitCode, stderr } = await runCli(['status'], { client: gone });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('.mesh/mesh.log')]);
  });

  it('answers what scripts ask a kubectl', async () => {
    expect((await runCli(['kubectl', 'config', 'current-context'])).stdout).toBe('laptop-mesh\n');
    expect((await runCli(['kubectl', 'version', '--client'])).stdout).toMatch(/^mesh101 \d+\.\d+\.\d+/);
    expect((await runCli(['istioctl', 'version'])).stdout).toContain('no mesh is running');
  });
});
