import { once } from 'node:events';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '#mesh/istiod/ca/authority.ts';
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

test('servers of one port share neither hosts nor certificates; a redirect is for the hosts of its server', async () => {
  const { certificate, key } = await authority.issue({
    commonName: 'inner',
    dnsNames: ['inner.example.com'],
  });
  const pem = (text: string) => JSON.stringify(text);
  const { diagnostics } = await mesh.apply(`
apiVersion: v1
kind: Secret
metadata: {name: inner, namespace: istio-system}
stringData:
  tls.crt: ${pem(certificate)}
  tls.key: ${pem(key)}
  ca.crt: ${pem(authority.root.certificate)}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: inner}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: inner, protocol: HTTPS}
      hosts: [inner.example.com]
      tls: {mode: MUTUAL, credentialName: inner}
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: [shop.example.com]
      tls: {httpsRedirect: true}
    - port: {number: 80, name: http-plain, protocol: HTTP}
      hosts: [inner.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: inner}
spec:
  hosts: [inner.example.com]
  gateways: [inner]
  http:
    - route: [{destination: {host: echo, subset: v1}}]
`);
  expect(diagnostics).toEqual([]);
  const port = await httpsPort();
  // The name in the greeting is one server's, the host that of another, which demands a certificate.
  const crossed = await get('shop.example.com', port, 'inner.example.com');
  expect(crossed).toMatchObject({ status: 404, servedBy: 'shop' });
  await expect(get('inner.example.com', port)).rejects.toThrow();
  // The last one is served by a Gateway for all hosts.
  const statuses = ['shop.example.com', 'inner.example.com', 'unknown.example.com'].map(plainStatus);
  expect(await Promise.all(statuses)).toEqual([301, 200, 200]);
});

test('a client is asked for a certificate, and may come without one; what it shows is verified', async () => {
  const pem = (text: string) => JSON.stringify(text);
  const server = await authority.issue({ commonName: 'door', dnsNames: ['door.example.com'] });
  const known = await authority.issue({ commonName: 'known', dnsNames: ['known.example.com'] });
  const stranger = await createAuthority('another shop');
  const unknown = await stranger.issue({ commonName: 'unknown', dnsNames: ['unknown.example.com'] });
  const { diagnostics } = await mesh.apply(`
apiVersion: v1
kind: Secret
metadata: {name: door, namespace: istio-system}
stringData: {tls.crt: ${pem(server.certificate)}, tls.key: ${pem(server.key)}}
---
apiVersion: v1
kind: Secret
metadata: {name: callers, namespace: istio-system}
stringData: {ca.crt: ${pem(authority.root.certificate)}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: door, protocol: HTTPS}
      hosts: [door.example.com]
      tls:
        mode: OPTIONAL_MUTUAL
        credentialName: door
        caCertCredentialName: callers
        minProtocolVersion: TLSV1_3
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door}
spec:
  hosts: [door.example.com]
  gateways: [door]
  http:
    - route: [{destination: {host: echo, subset: v1}}]
`);
  expect(diagnostics).toEqual([]);
  const port = await httpsPort();
  const door = (options: object) => get('door.example.com', port, 'door.example.com', options);
  expect(await door({})).toMatchObject({ status: 200, servedBy: 'door' });
  expect(await door({ cert: known.certificate, key: known.key })).toMatchObject({ status: 200 });
  await expect(door({ cert: unknown.certificate, key: unknown.key })).rejects.toThrow();
  await expect(door({ maxVersion: 'TLSv1.2' })).rejects.toThrow();
});

async function plainStatus(host: string): Promise<number | undefined> {
  const call = requestPlain(mesh.gatewayUrl, { headers: { host }, agent: false }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

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

function get(servername: string, port: number, host = servername, more: object = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = {
    port,
    host: '127.0.0.1',
    servername,
    ca: authority.root.certificate,
    agent: false,
    ...more,
  };
  const call = request({ ...options, headers: { host } }, async (response) => {
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
