import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

describe('main', () => {
  it('explains itself', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const command of [
      'up',
      'down',
      'shell',
      'status',
      'console',
      'explain',
      'analyze',
      'traces',
      'metrics',
      'kubeconfig',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}[ |]`, 'm'));
    }
  });

  it.each([
    [['scale', 'deploy/x'], "unknown command 'scale'", 'has: up, down,'],
    [['get', 'pods'], "unknown command 'get'", 'use kubectl and istioctl in `mesh shell`'],
    [['status', '--watch'], "unknown option '--watch'", 'mesh status has the flags: -o/--output'],
    [['up', '--seed', 'x'], "argument 'x' is invalid", 'whole number'],
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
    const refusal = Object.assign(new Error('no proxy gone.default'), { status: 404 });
    const refusing = { ...fakeClient(), overview: async () => Promise.reject(refusal) };
    const { exitCode, stderr } = await runCli(['status'], { client: refusing });
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
});
