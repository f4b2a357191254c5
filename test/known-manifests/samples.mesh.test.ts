import { globSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

const files = globSync('test/known-manifests/samples/*.yaml', { cwd: ROOT });

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh(...files.flatMap((file) => ['-f', file]), '--traces-to', 'none');
}, 600_000);
afterAll(() => mesh?.close());

const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });

it("brings up the folders of Istio's samples beside bookinfo, addons among them, and none of their pods starts twice", async () => {
  const { pods } = await mesh.client.overview();
  expect(pods).toHaveLength(18);
  const odd = pods.filter(({ ready, restarts }) => restarts > 0 || new Set(ready.split('/')).size > 1);
  expect(odd).toEqual([]);
});

it('passes WebSockets through the gateway to the server of the sample, and back', async () => {
  await soon(async () => {
    const socket = new WebSocket(`${mesh.gatewayUrl.replace('http', 'ws')}/ws`);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    socket.addEventListener('open', () => socket.send('hello'));
    socket.addEventListener('message', ({ data }) => resolve(String(data)));
    socket.addEventListener('error', () => reject(new Error('refused')));
    expect(await promise.finally(() => socket.close())).toBe('hello');
  });
});

it('answers where the samples look', async () => {
  const curl = (url: string, ...headers: string[]) =>
    mesh.kubectl('exec', 'deploy/httpbin', '-c', 'httpbin', '--', 'curl', '-s', ...headers, url);
  expect(await curl('http://liveness-http/foo')).toContain('"workload": "liveness-http"');
  const allowed = ['-o', '/dev/null', '-w', '%{http_code}', '-H', 'x-ext-authz: allow'];
  expect(await curl('http://ext-authz:8000/', ...allowed)).toBe('200');
});
