import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { loadImages } from '#mesh/kubelet/pods/images.ts';
import { neededPorts } from '#mesh/kubelet/pods/needed-ports.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

function portsOf(container: string, { more = '', images = loadImages({}, '/') } = {}): (number | string)[] {
  const text = `
apiVersion: v1
kind: Pod
metadata: {name: d, labels: {app: d}}
spec: {containers: [{name: c, ${container}}]}
---
${more}`;
  const { documents } = loadManifest({ file: 'd.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [pod] = ofKind(resources, 'Pod');
  if (!pod) throw new Error('no Pod');
  return neededPorts({ pod, resources, images }).map(({ port, name }) => name ?? port);
}

test.each([
  // The arguments of Istio's tcp-echo name a port that its manifest does not declare.
  [
    'image: istio/tcp-echo-server, args: ["9000,9001,9002", one], ports: [{containerPort: 9000, name: tcp}, {containerPort: 9001}]',
    ['tcp', 9001, 9002],
  ],
  ['image: istio/tcp-echo-server, args: ["70000,0", "9 lives"]', [9000]],
  ['image: istio/tcp-echo-server, args: ["$(ONE),$(ONE)1"], env: [{name: ONE, value: "700"}]', [700, 7001]],
  ['image: istio/tcp-echo-server', [9000]],
  ['image: istio/tcp-echo-server, env: [{name: PORT, value: "9005"}]', [9005]],
  ['image: mesh101/chain, env: [{name: PORT, value: "4000"}]', [4000]],
  ['image: mesh101/chain, env: [{name: PORT, value: nonsense}]', [3000]],
  ['image: mesh101/chain, envFrom: [{configMapRef: {name: settings}}]', [4100]],
  ['image: fortio/fortio', [8080]],
  ['image: "redis:7"', [6379]],
  ['image: "redis:7", args: [redis-server, --port, "7000"]', [7000]],
  ['image: mariadb, args: ["--port=3307"]', [3307]],
  ['image: kong/httpbin', [80]],
  ['image: kong/httpbin, command: [gunicorn, -b, "[::]:8000", "httpbin:app", -k, gevent, -w, "4"]', [8000]],
  ['image: mccutchen/go-httpbin', [8080]],
  ['image: curlimages/curl, command: [sleep, "3600"]', []],
])('a container with %s needs %j', (container, ports) => {
  const more = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {PORT: "4100"}';
  expect(portsOf(container, { more })).toEqual(ports);
});

test("a Service's target port and a probe's come before the usual one, and after those that the program is told", () => {
  const more =
    'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: d}, ports: [{port: 80, targetPort: 9002}]}';
  const probe = 'readinessProbe: {tcpSocket: {port: 9003}}';
  expect(portsOf(`image: tcp-echo-server, ${probe}`, { more })).toEqual([9002, 9003, 9000]);
  expect(portsOf(`image: tcp-echo-server, args: ["9002,9004"], ${probe}`, { more })).toEqual([
    9002, 9004, 9003,
  ]);
});

test("a user's own table can say where its programs listen", () => {
  const directory = temporaryDirectory();
  const write = (ports: string) =>
    writeFileSync(join(directory, 'mine.yaml'), `images: [{image: shop, command: [a], ports: ${ports}}]`);
  const load = () => loadImages({ MESH_IMAGES: 'mine.yaml' }, directory);
  write(`{default: 81, arguments: '-l \\d+'}`);
  expect(portsOf('image: mine/shop', { images: load() })).toEqual([81]);
  expect(portsOf('image: mine/shop, args: [-l, "82"]', { images: load() })).toEqual([82]);
  write(`{default: 81, arguments: '(-l'}`);
  expect(load).toThrow(/mine\.yaml is not a table of images: .*must be a regular expression/s);
  write('{default: 70000}');
  expect(load).toThrow(/images\[0\]\.ports\.default/);
});

test('what a Sidecar takes connections at, and where it leads them, are ports of the pods that it selects', () => {
  const sidecar = (app: string) =>
    `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s}\nspec: {workloadSelector: {labels: {app: ${app}}}, ingress: [{port: {number: 9080, name: http, protocol: HTTP}, defaultEndpoint: "127.0.0.1:8080"}]}`;
  const container = 'image: curlimages/curl, command: [sleep, "3600"]';
  expect(portsOf(container, { more: sidecar('d') })).toEqual([9080, 8080]);
  expect(portsOf(container, { more: sidecar('other') })).toEqual([]);
});
