import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const files = 'test/known-manifests';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('-f', `${files}/fake-service.yaml`, '--bare', '--traces-to', 'none');
}, 300_000);
afterAll(() => mesh?.close());

/** What curl prints in the pod of `web`, a fake-service. */
const curl = (...args: string[]) => mesh.kubectl('exec', 'deploy/web', '--', 'curl', '-s', ...args);
const status = ['-o', '/dev/null', '-w', '%{http_code}'];

it("plays fake-service's topology over HTTP and gRPC, and its share of errors", async () => {
  const answer: unknown = JSON.parse(await curl('http://web:9090/'));
  expect(answer).toMatchObject({
    ...{ name: 'web', body: 'Hello from web', code: 200 },
    upstream_calls: {
      'http://api:9091': { name: 'api', upstream_calls: { 'grpc://currency:9092/FakeService/Handle': {} } },
      'grpc://currency:9092/FakeService/Handle': { type: 'gRPC', code: 0 },
    },
  });
  const url = 'http://flaky:9090/';
  expect([await curl(...status, url), await curl(...status, url)].sort()).toEqual(['200', '503']);
});

it("takes podinfo's kustomization, with its commands as probes and its HorizontalPodAutoscaler", async () => {
  await mesh.kubectl('apply', '-k', `${files}/podinfo/kustomize`);
  await mesh.kubectl('rollout', 'status', 'deployment/podinfo', '--timeout=120s');
  expect(JSON.parse(await curl('http://podinfo:9898/version'))).toMatchObject({ version: '6.9.2' });
  expect(await mesh.kubectl('get', 'hpa', 'podinfo', '-o', 'name')).toContain('/podinfo');
});

it('takes the web application of podinfo: frontend, backend, and a Redis by a file of settings', async () => {
  await mesh.kubectl('apply', '-k', `${files}/podinfo/webapp`);
  for (const name of ['frontend', 'backend', 'cache'])
    await mesh.kubectl('rollout', 'status', `deployment/${name}`, '-n', 'webapp', '--timeout=120s');
  const front = 'http://frontend.webapp:9898';
  await vi.waitFor(
    async () => expect(await curl('-d', 'hi', `${front}/api/echo`)).toBe('[\n  "hi"\n]'),
    60_000,
  );
  expect(await curl(...status, '-d', 'kept', `${front}/cache/key`)).toBe('202');
  expect(await curl(`${front}/cache/key`)).toBe('kept');
});
