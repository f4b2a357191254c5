import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const files = 'test/known-manifests/istio101';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('-f', `${files}/kube.yaml`, '-f', `${files}/istio.yaml`, '--traces-to', 'none');
}, 300_000);
afterAll(() => mesh?.close());

const hops = async (headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(mesh.gatewayUrl, { headers: { connection: 'close', ...headers } });
  return (await response.text()).match(/\b(?:frontend|middleware|backend)-[a-z]+/g);
};

it('brings up Istio 101 as it was written for Kubernetes 1.14, with routes by a header', async () => {
  expect(await hops()).toEqual(['frontend-prod', 'middleware-prod', 'backend-prod']);
  expect(await hops({ 'x-dev-user': 'super-secret' })).toContain('middleware-canary');
});
