import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const files = ['guestbook', 'stateful-set', 'tasks'].map(
  (name) => `test/known-manifests/tutorials/${name}.yaml`,
);

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh(...files.flatMap((file) => ['-f', file]), '--bare', '--traces-to', 'none');
}, 600_000);
afterAll(() => mesh?.close());

it("brings up Kubernetes' own tutorials, and what runs once has ended", async () => {
  const column = ['-o', 'jsonpath={range .items[*]}{.metadata.name}={.status.phase} {end}'];
  const phases = await mesh.kubectl('get', 'pods', ...column);
  expect(phases.match(/=Running/g)).toHaveLength(10);
  expect(phases).toMatch(/dapi-test-pod=Succeeded.*pi-\w+=Succeeded/);
  await mesh.kubectl('wait', '--for=condition=complete', 'job/pi', '--timeout=60s');
});

it('gives each pod of a StatefulSet a page of its own, in its claim', async () => {
  const page = '/usr/share/nginx/html/index.html';
  for (const pod of ['web-0', 'web-1']) {
    await mesh.kubectl('exec', pod, '--', 'sh', '-c', `echo "$(hostname)" >${page}`);
    expect(await mesh.kubectl('exec', pod, '--', 'cat', page)).toBe(`${pod}\n`);
  }
  await mesh.kubectl('delete', 'pod', 'web-1');
  await mesh.kubectl('rollout', 'status', 'statefulset/web', '--timeout=60s');
  expect(await mesh.kubectl('exec', 'web-1', '--', 'cat', page)).toBe('web-1\n');
});

it("runs the guestbook's leader as a real Redis", async () => {
  const ready = async () =>
    expect(await mesh.kubectl('logs', 'deploy/redis-leader')).toContain('Ready to accept connections');
  await vi.waitFor(ready, { timeout: 60_000, interval: 200 });
});
