import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

const finding = {
  severity: 'error',
  code: 'IST0101',
  message: 'Referenced host not found: "reviews"',
  position: { file: '<stdin>', line: 9, column: 5 },
} as const;
const dangling = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: frontend
spec:
  hosts: [web]
  gateways: [mesh]
  http:
    - route:
        - destination: { host: nowhere }
`;

describe('mesh analyze', () => {
  it('asks the running mesh about the files', async () => {
    const client = fakeClient({ diagnostics: [finding] });
    const { exitCode, stdout } = await runCli(['analyze', '-f', '-'], {
      client,
      stdin: dangling,
    });
    expect(exitCode).toBe(1);
    expect(stdout).toBe('<stdin>:9: error IST0101: Referenced host not found: "reviews"\n');
    expect(client.calls).toEqual([
      ['analyze', { files: [{ file: '<stdin>', text: dangling }], namespace: 'default' }],
    ]);
  });

  it('asks about what is applied when no file is named', async () => {
    const { exitCode, stdout } = await runWith({}, ['analyze', '-n', 'shop']);
    expect([exitCode, stdout]).toEqual([0, '✔ no mistakes in what runs\n']);
    expect((await runCli(['analyze'])).stderr).toContain('no mesh is running here');
  });

  it('works on files alone', async () => {
    const { exitCode, stdout } = await runCli(['analyze', '-'], { stdin: dangling });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^<stdin>:\d+: error IST0101: .*nowhere/m);
  });

  it('leaves the running mesh out when told so', async () => {
    const client = fakeClient();
    const misspelt = dangling.replace('hosts:', 'hots:');
    const { stdout } = await runCli(['analyze', '--alone', '-'], { client, stdin: misspelt });
    expect(client.calls).toEqual([]);
    expect(stdout).toContain('hots');
  });

  it('lets warnings pass', async () => {
    const { exitCode, stdout } = await runWith({ diagnostics: [{ ...finding, severity: 'warning' }] }, [
      'analyze',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('warning IST0101');
  });

  it('is read by programs as JSON', async () => {
    const { exitCode, stdout } = await runWith({ diagnostics: [finding] }, ['analyze', '-o', 'json']);
    expect([exitCode, JSON.parse(stdout)]).toEqual([1, [finding]]);
    expect((await runWith({}, ['analyze', '-o', 'json'])).stdout).toBe('[]\n');
    expect((await runWith({}, ['analyze', '-o', 'xml'])).stderr).toContain('Allowed choices are json');
  });
});

it('mesh status is read by programs as JSON', async () => {
  const overview = { pods: [], urls: [{ name: 'gateway', url: 'http://localhost:8080' }], standIns: [] };
  const { exitCode, stdout } = await runWith({ overview }, ['status', '-o', 'json']);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, overview]);
});
