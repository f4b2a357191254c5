import { expect, test } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind, podOwners } from '#mesh/istiod/config/schema/resource.ts';
import { checkCommands } from '#mesh/kubelet/pods/container-command.ts';
import { loadImages, standIn } from '#mesh/kubelet/pods/images.ts';

const images = loadImages({}, '/');

function check(...containers: readonly string[]): string {
  return checkWith(images, containers);
}

function checkWith(table: typeof images, containers: readonly string[]): string {
  const text = containers.map(deployment).join('---\n');
  const { documents } = loadManifest({ file: 'shop.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  return checkCommands(ofKind(resources, 'Deployment'), table).map(formatDiagnostic).join('\n');
}

const deployment = (container: string, index: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: d${index}}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: c, ${container}}]}
`;

test('each unknown image is one short sentence; what is known and how to add to it is said once', () => {
  const text = check(
    ...['image: "shop/cart:1"', 'image: "shop/cart:1"', 'image: redis:7', 'image: "pay@sha256:1"'],
  );
  expect(text).toBe(
    `shop.yaml:8: error M101-IMAGE: no program here plays the image shop/cart:1
  fix: the laptop plays mesh101/*, mesh101-chain, istiotest, istio-opencensus-*, examples-bookinfo-*, mariadb, tcp-echo-server, examples-helloworld-*, httpbin, go-httpbin, fortio, redis, http-echo, podinfo, fake-service, ext-authz, ext-authz-server, nginx-unprivileged, bitnami/nginx, nginx, nginx-slim, httpd, curl, mesh101-curl, busybox, alpine, netshoot, dnsutils, ubuntu, debian, gateway-api/*, coredns/coredns; name programs for others in a file like mesh/kubelet/pods/images.yaml, and that file in MESH_IMAGES
shop.yaml:35: error M101-IMAGE: no program here plays the image pay@sha256:1`,
  );
});

test('a command that cannot be replaced is refused for each container', () => {
  const text = check('image: "mirror/mariadb", command: [sh]', 'image: mariadb, command: [sh]');
  expect(text.match(/error M101-COMMAND: the image "(mirror\/)?mariadb" is played by/g)).toHaveLength(2);
});

test('with stand-ins, an unknown image is a warning where it comes first, and refuses nothing', () => {
  const containers = ['image: "shop/cart:1", command: [run]', 'image: "shop/cart:1"', 'image: "shop/pay:1"'];
  expect(checkWith([...images, standIn], containers)).toBe(
    `shop.yaml:8: warning M101-STAND-IN: no program here plays the image shop/cart:1: a stand-in answers in its place
  fix: name a program for it in a table of images (docs/images.md), or script its answers with the annotation mesh101.io/stand-in
shop.yaml:26: warning M101-STAND-IN: no program here plays the image shop/pay:1: a stand-in answers in its place`,
  );
});

test.each([
  ['command: [sleep, infinity]', false],
  ['command: [/bin/sleep, 3650d]', false],
  ['command: [sh, -c, "while true; do sleep 3600; done"]', false],
  ['command: [sh, -c, "trap : TERM INT; sleep 9999 & wait"]', false],
  ['args: [tail, -f, /dev/null]', false],
  ['', false],
  ['command: [sh, -c, "while true; do date >> /html/log; sleep 1; done"]', true],
  ['command: [wget, http://web]', true],
])('a busybox with %s: something is lost is %s', (words, lost) => {
  const text = check(words === '' ? 'image: busybox' : `image: "busybox:1.37", ${words}`);
  expect(text.includes('M101-NOT-RUN: the command of container c (image busybox:1.37) is not run')).toBe(
    lost,
  );
});

test('a Job whose program is not here does nothing, and says so', () => {
  const job = (image: string) => `apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "${image}", command: [run]}]}}}
`;
  const { documents } = loadManifest({
    file: 'job.yaml',
    text: ['perl:5', 'mesh101/chain'].map(job).join('---\n'),
  });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const found = checkCommands(podOwners(resources), [...images, standIn]).filter(
    ({ code }) => code === 'M101-NOT-RUN',
  );
  expect(found.map(({ message, resource }) => [resource, message])).toEqual([
    ...['perl:5', 'mesh101/chain'].map((image) => [
      'Job default/j',
      `the program of container c (image ${image}) is not run: nothing is done, and that counts as success`,
    ]),
  ]);
});

test.each([
  ['/etc/nginx/conf.d', true],
  ['/etc/nginx/nginx.conf', true],
  ['/etc/nginx', true],
  ['/usr/share/nginx/html', false],
  ['/etc/nginx-extra', false],
])('settings of nginx mounted at %s are told not to be read: %s', (path, told) => {
  const text = check(`image: "nginx:1.29", volumeMounts: [{name: v, mountPath: ${path}}]`);
  const warning = `shop.yaml:8: warning M101-SETTINGS: the settings of container c (image nginx:1.29) at ${path} are not read`;
  expect(text.includes(warning)).toBe(told);
});
