import { describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { object } from '#mesh/cli/testing/objects.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';
import type { DeleteRequest } from '#mesh/run/api.ts';

const networking = 'networking.istio.io/v1';
const mesh = {
  objects: [
    object(networking, 'VirtualService', { name: 'frontend' }),
    object(networking, 'VirtualService', { name: 'middleware', labels: { app: 'middleware' } }),
    object(networking, 'DestinationRule', { name: 'middleware' }),
  ],
};
const vs = (name: string) => ({ kind: 'VirtualService', name, namespace: 'default' });

describe('kubectl delete', () => {
  it('deletes what is there and reports the rest', async () => {
    const client = fakeClient(mesh);
    const { exitCode, stdout, stderr } = await runCli(['delete', 'vs', 'frontend', 'gone'], { client });
    expect(stdout).toBe('virtualservice "frontend" deleted\n');
    expect(stderr).toBe(
      'Error from server (NotFound): virtualservices.networking.istio.io "gone" not found\n',
    );
    expect(exitCode).toBe(1);
    expect(client.calls).toMatchObject([['delete', { objects: [vs('frontend')] }]]);
  });

  it('takes kind/name, --all and a selector', async () => {
    const deleted = async (...argv: string[]) => {
      const client = fakeClient(mesh);
      await runCli(['delete', ...argv], { client });
      const [, request] = client.calls[0] ?? [];
      return (request as DeleteRequest).objects?.map(({ kind, name }) => `${kind}/${name}`);
    };
    expect(await deleted('vs/frontend', 'dr/middleware')).toEqual([
      'VirtualService/frontend',
      'DestinationRule/middleware',
    ]);
    expect(await deleted('vs', '--all')).toEqual(['VirtualService/frontend', 'VirtualService/middleware']);
    expect(await deleted('vs,dr', '-l', 'app=middleware')).toEqual(['VirtualService/middleware']);
  });

  it('is content with nothing when told so', async () => {
    const { exitCode, stderr } = await runWith(mesh, ['delete', 'vs', 'gone', '--ignore-not-found']);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('does not delete a whole kind by accident', async () => {
    const client = fakeClient(mesh);
    const { exitCode, stderr } = await runCli(['delete', 'vs'], { client });
    expect([exitCode, stderr]).toEqual([1, 'error: resource(s) were provided, but no name was specified\n']);
    expect(client.calls).toEqual([]);
  });

  it('deletes by file', async () => {
    const client = fakeClient(mesh);
    const { stdout } = await runCli(['delete', '-f', '-'], { client, stdin: 'kind: Gateway' });
    expect(stdout).toBe('virtualservice.networking.istio.io "<stdin>" deleted\n');
    expect(client.calls).toMatchObject([['delete', { files: [{ file: '<stdin>' }], ignoreNotFound: false }]]);
  });
});
