import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let alice: Caller;
let http: Server;
let grpc: Http2Server;

/** Paths that the HTTP authorizer was asked about. */
const asked: string[] = [];

/** Of gRPC: a frame with an empty CheckResponse, which allows, or one with the status PERMISSION_DENIED. */
const allow = Buffer.from([0, 0, 0, 0, 0]);
const deny = Buffer.from([0, 0, 0, 0, 4, 0x0a, 0x02, 0x08, 0x07]);

beforeAll(async () => {
  http = createServer((request, response) => {
    asked.push(request.url ?? '');
    const isAllowed = request.headers['x-ext-authz'] === 'allow';
    response
      .writeHead(isAllowed ? 200 : 403, { 'x-reason': 'none given' })
      .end(isAllowed ? '' : 'denied by authz');
  });
  grpc = createHttp2Server();
  grpc.on('stream', async (stream) => {
    let question = '';
    for await (const part of stream.setEncoding('latin1')) question += part;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(question.includes('let-me-in') ? allow : deny);
  });
  await Promise.all([http, grpc].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  mesh = await startMesh();
  await mesh.apply(manifest('callers.yaml'));
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: authz}
spec:
  hosts: [authz.test]
  ports: [{number: 8000, name: http, protocol: HTTP}, {number: 9000, name: grpc, protocol: GRPC}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1, ports: {http: ${portOf(http)}, grpc: ${portOf(grpc)}}}]
`);
  expect(await mesh.ready()).toBe('ready');
  alice = await Caller.of(mesh, 'alice');
});
afterAll(async () => {
  await mesh?.end();
  http.close();
  grpc.close();
});

const portOf = (server: Server | Http2Server) => (server.address() as AddressInfo).port;

/** Writes the mesh's settings as one edits them on a cluster. */
async function configure(providers: string): Promise<void> {
  const { diagnostics } = await mesh.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders: ${providers}
`);
  expect(diagnostics).toEqual([]);
}

function ask(provider: string): Promise<unknown> {
  return mesh.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ask}
spec:
  selector: {matchLabels: {app: web}}
  action: CUSTOM
  provider: {name: ${provider}}
  rules: [{to: [{operation: {paths: [/admin]}}]}]
`);
}

const admin = { url: 'http://web/admin' };

test('a provider that is not there denies what the policy takes, and nothing else', async () => {
  await ask('http-authz');
  expect(await alice.call(admin)).toEqual({ status: 403, text: 'RBAC: access denied' });
  expect(await alice.status({ url: 'http://web/' })).toBe(200);
});

test('an HTTP service decides from the moment on that the mesh configuration names it', async () => {
  await configure(
    '[{name: http-authz, envoyExtAuthzHttp: {service: authz.test, port: "8000", includeRequestHeadersInCheck: [x-ext-authz]}}]',
  );
  expect(await alice.call(admin)).toEqual({ status: 403, text: 'denied by authz' });
  expect(await alice.status({ ...admin, headers: { 'x-ext-authz': 'allow' } })).toBe(200);
  expect(await alice.status({ url: 'http://web/' })).toBe(200);
  expect(asked).toEqual(['/admin', '/admin']);
});

test('a gRPC service decides', async () => {
  await configure('[{name: grpc-authz, envoyExtAuthzGrpc: {service: authz.test, port: 9000}}]');
  await ask('grpc-authz');
  expect(await alice.status(admin)).toBe(403);
  expect(await alice.status({ ...admin, headers: { 'x-ext-authz': 'let-me-in' } })).toBe(200);
});

test('one that gives no answer lets nothing pass, unless it fails open', async () => {
  // The HTTP server speaks no gRPC.
  const provider = (more: string) =>
    configure(`[{name: grpc-authz, envoyExtAuthzGrpc: {service: authz.test, port: 8000, ${more}}}]`);
  await provider('statusOnError: "504"');
  expect(await alice.status(admin)).toBe(504);
  await provider('failOpen: true');
  expect(await alice.status(admin)).toBe(200);
});
