import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '#mesh/run/certificates/authority.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let authority: Authority;

beforeAll(async () => {
  mesh = await startMesh();
  authority = await createAuthority('shop');
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

test('an HTTPS server of a Gateway presents the certificate of its Secret', async () => {
  const { certificate, key } = await authority.issue({ commonName: 'shop', dnsNames: ['shop.example.com'] });
  const { diagnostics } = await mesh.apply(`
apiVersion: v1
kind: Secret
metadata: {name: shop, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.crt: ${JSON.stringify(certificate)}
  tls.key: ${JSON.stringify(key)}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [shop.example.com]
      tls: {mode: SIMPLE, credentialName: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop.example.com]
  gateways: [shop]
  http:
    - route: [{destination: {host: echo, subset: v2}}]
`);
  expect(diagnostics).toEqual([]);
  const port = await httpsPort();
  expect(await get('shop.example.com', port)).toEqual({ status: 200, text: 'v2', servedBy: 'shop' });
  await expect(get('other.example.com', port)).rejects.toThrow();
});

async function httpsPort(): Promise<number> {
  const { urls } = await mesh.client.overview();
  const found = urls.find(({ url }) => url.startsWith('https:'));
  return Number(new URL(found?.url ?? '').port);
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  /** The common name in the server's certificate. */
  readonly servedBy: unknown;
}

function get(servername: string, port: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = { port, host: '127.0.0.1', servername, ca: authority.root.certificate, agent: false };
  const call = request({ ...options, headers: { host: servername } }, async (response) => {
    const { subject } = (response.socket as TLSSocket).getPeerCertificate();
    resolve({
      status: response.statusCode,
      text: await response.toArray().then((parts) => parts.join('')),
      servedBy: subject.CN,
    });
  });
  call.once('error', reject).end();
  return promise;
}
