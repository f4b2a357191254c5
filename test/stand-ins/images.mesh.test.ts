import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let caller: Caller;

beforeAll(async () => {
  mesh = await startMesh();
  const { diagnostics } = await mesh.apply(manifests.join('\n---\n'));
  expect(diagnostics.filter(({ code }) => code === 'M101-STAND-IN')).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  caller = await Caller.of(mesh, 'client');
}, 300_000);
afterAll(() => mesh?.end());

interface Wanted {
  readonly name: string;
  readonly image: string;
  readonly port: number;
  /** Further fields of the container, as flow YAML. */
  readonly more?: string;
}

const app = ({ name, image, port, more = '' }: Wanted) => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: ${port}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, version: v1}}
    spec: {containers: [{name: app, image: "${image}", ports: [{containerPort: ${port}}]${more}}]}`;

/** In the shape of podinfo's own kustomization: three ports, and probes that are commands of the image. */
const podinfoMore = `, command: [./podinfo, --port=9898, --port-metrics=9797, --grpc-port=9999, --level=info]
, env: [{name: PODINFO_UI_COLOR, value: "#34577c"}]
, livenessProbe: {exec: {command: [podcli, check, http, "localhost:9898/healthz"]}, initialDelaySeconds: 5, timeoutSeconds: 5}
, readinessProbe: {exec: {command: [podcli, check, http, "localhost:9898/readyz"]}, timeoutSeconds: 5}`.replaceAll(
  '\n',
  '',
);

const web =
  ', env: [{name: NAME, value: web}, {name: LISTEN_ADDR, value: "0.0.0.0:9090"}, {name: UPSTREAM_URIS, value: "http://api/"}]';
const api =
  ', env: [{name: NAME, value: api}, {name: LISTEN_ADDR, value: "0.0.0.0:9090"}, {name: MESSAGE, value: rows}]';

const manifests = [
  app({ name: 'podinfo', image: 'ghcr.io/stefanprodan/podinfo:6.9.0', port: 9898, more: podinfoMore }),
  app({ name: 'hello', image: 'docker.io/istio/examples-helloworld-v1:1.0', port: 5000 }),
  app({ name: 'web', image: 'nicholasjackson/fake-service:v0.26.2', port: 9090, more: web }),
  app({ name: 'api', image: 'nicholasjackson/fake-service:v0.26.2', port: 9090, more: api }),
  app({ name: 'text', image: 'hashicorp/http-echo', port: 5678, more: ', args: ["-text=hello from one"]' }),
  app({ name: 'nginx', image: 'nginx:1.29-alpine', port: 80 }),
  app({ name: 'ext-authz', image: 'gcr.io/istio-testing/ext-authz:latest', port: 8000 }),
  app({ name: 'details', image: 'docker.io/istio/examples-bookinfo-details-v1:1.16.2', port: 9080 }),
  app({ name: 'client', image: 'busybox:1.36', port: 8888, more: ', command: [sleep, "3600"]' }),
];

const get = async (url: string, headers: Readonly<Record<string, string>> = {}) =>
  caller.call({ url, headers });

test.each([
  ['http://podinfo/', '"hostname": "podinfo-'],
  ['http://podinfo/readyz', '"status": "OK"'],
  ['http://hello/hello', 'Hello version: v1, instance: hello-'],
  ['http://text/', 'hello from one'],
  ['http://nginx/', 'Welcome to nginx!'],
  ['http://details/details/0', '"author":"William Shakespeare"'],
])('%s answers as its public image does: %s', async (url, part) => {
  const { status, text } = await get(url);
  expect([status, text]).toEqual([200, expect.stringContaining(part)]);
});

test('fake-service shows the services behind it', async () => {
  const { text } = await get('http://web/');
  expect(JSON.parse(text)).toMatchObject({
    name: 'web',
    upstream_calls: { 'http://api/': { name: 'api', body: 'rows', code: 200 } },
  });
});

test("Istio's authorizer allows by its header", async () => {
  expect((await get('http://ext-authz/', { 'x-ext-authz': 'allow' })).status).toBe(200);
  expect((await get('http://ext-authz/')).status).toBe(403);
});

test('podinfo that panics starts again alone', async () => {
  await get('http://podinfo/panic').catch(() => undefined);
  const restarts = async () =>
    (await mesh.client.overview()).pods.map(({ name, restarts: n }) => [name.split('-')[0], n]);
  await expect.poll(restarts).toContainEqual(['podinfo', 1]);
  expect((await restarts()).filter(([, count]) => count !== 0)).toHaveLength(1);
  await expect.poll(async () => (await get('http://podinfo/')).status).toBe(200);
});

test('a table in a ConfigMap gives new pods a program while the mesh runs', async () => {
  const table =
    'images: [{image: "shop/cart:1.*", command: [stand-in, http-echo, "-text=by the table"], ports: {default: 8080}}]';
  await mesh.apply(`apiVersion: v1
kind: ConfigMap
metadata: {name: images, labels: {mesh101.io/images: ""}}
data: {images.yaml: '${table}'}
---
${app({ name: 'cart', image: 'shop/cart:1.4', port: 8080 })}`);
  expect(await mesh.ready()).toBe('ready');
  await expect.poll(async () => (await get('http://cart/')).text).toBe('by the table\n');
});
