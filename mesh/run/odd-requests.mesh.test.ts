import { once } from 'node:events';
import { get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '#mesh/kubelet/process/alive.ts';
import { manifest, startMesh } from '#mesh/run/testing/started-mesh.ts';

const TARGETS = [
  '//',
  '//evil.example',
  'http://[',
  '*',
  '/%',
  '/%ff',
  '/constructor',
  '/?'.padEnd(9_000, '['),
];

/** The status of one request as it stands, whatever it is. */
async function statusOf(port: number, path: string, headers: Record<string, string> = {}): Promise<number> {
  const [response] = await once(get({ port, path, headers, agent: false }), 'response');
  response.resume();
  return response.statusCode;
}

test('odd requests to everything that listens for people end neither the mesh nor the collector', async () => {
  const mesh = await startMesh();
  onTestFinished(() => mesh.end());
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
  const before = mesh.processes().length;
  const { metricsUrl = '', traces } = await mesh.client.overview();
  const pages = [metricsUrl, traces?.page.url ?? ''].map((url) => new URL(url));
  for (const { port } of pages) {
    for (const target of TARGETS) {
      expect({ target, status: await statusOf(Number(port), target) }).toMatchObject({
        status: expect.toSatisfy((status: number) => status < 500),
      });
    }
    expect(await statusOf(Number(port), '/metrics', { host: 'evil.example' })).toBe(421);
  }
  expect(isAlive(mesh.pid)).toBe(true);
  expect(mesh.processes()).toHaveLength(before);
  expect(await mesh.get('/')).toMatchObject({ status: 200 });
});
