import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

const MANIFESTS = [
  'k8s/chain.yaml',
  ...['ingress', 'egress', 'destinationrules'].map((name) => `istio/chain/${name}.yaml`),
];

/** Two retries at the gateway, and the canary for one user. */
const ROUTES = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: frontend-ingress}
spec:
  hosts: ["*"]
  gateways: [frontend-gateway]
  http:
    - retries: {attempts: 2, retryOn: 5xx, retryIgnorePreviousHosts: false}
      route: [{destination: {host: frontend}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: middleware}
spec:
  hosts: [middleware]
  http:
    - match: [{headers: {x-dev-user: {exact: super-secret}}}]
      route: [{destination: {host: middleware, subset: canary}}]
    - route: [{destination: {host: middleware, subset: prod}}]
`;

export interface ChainMesh {
  readonly mesh: StartedMesh;
  /** One request to the gateway; resolves with its status. */
  send(headers?: Readonly<Record<string, string>>): Promise<number>;
}

/** A mesh that runs the chain, and has answered once. */
export async function startChain(variables: NodeJS.ProcessEnv = {}): Promise<ChainMesh> {
  const mesh = await startMesh(variables);
  const send: ChainMesh['send'] = async (headers = {}) => {
    const response = await fetch(mesh.gatewayUrl, { headers: { connection: 'close', ...headers } });
    await response.text();
    return response.status;
  };
  const text = MANIFESTS.map((file) => readFileSync(file, 'utf8')).join('\n---\n');
  expect((await mesh.apply(text)).diagnostics).toEqual([]);
  expect((await mesh.apply(ROUTES, 'routes.yaml')).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  await eventually(
    () => send(),
    (status) => status === 200,
  );
  return { mesh, send };
}
