import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findImage, ImageTableError, loadImages, parseTable } from '#mesh/kubelet/pods/images.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const own = loadImages({}, '/');

const registries = [
  '',
  'docker.io/',
  'docker.io/library/',
  'registry.istio.io/release/',
  'istio/',
  'localhost:5000/',
  'mirror.example:443/hub/docker.io/istio/',
];
const tags = [
  '',
  ':1.20.3',
  ':latest',
  ':7.2-alpine',
  `@sha256:${'ab'.repeat(32)}`,
  `:1.30@sha256:${'0'.repeat(64)}`,
];
const names = own.flatMap(({ patterns, names: _, ...program }) =>
  patterns.map((name) => [name, program] as const),
);

test.each(names)('%s is known in whatever registry, by whatever tag', (name, program) => {
  const found = registries.flatMap((registry) =>
    tags.map((tag) => findImage(own, `${registry}${name}${tag}`)),
  );
  expect(found).toHaveLength(42);
  for (const one of found) expect(one).toMatchObject(program);
});

test.each([
  ['registry.istio.io/release/examples-bookinfo-details-v1:1.20.3', 'services/details/main.ts'],
  ['registry.istio.io/release/examples-bookinfo-productpage-v1:1.20.3', 'services/productpage/main.ts'],
  ['registry.istio.io/release/tcp-echo-server:1.3', 'services/tcp-echo/main.ts'],
  ['registry.istio.io/release/examples-helloworld-v1:1.0', 'services/helloworld/main.ts'],
  ['docker.io/istio/examples-helloworld-v2', 'services/helloworld/main.ts'],
  ['docker.io/kong/httpbin', 'bin/images/httpbin'],
  ['docker.io/mccutchen/go-httpbin:v2.15.0', 'bin/images/httpbin'],
  ['curlimages/curl', '/dev/null'],
  ['nicolaka/netshoot:v0.13', '/dev/null'],
  ['docker.io/istio/ext-authz:1.20', 'ext-authz'],
  ['gcr.io/istio-testing/ext-authz:latest', 'ext-authz'],
  ['hashicorp/http-echo:1.0', 'http-echo'],
  ['ghcr.io/stefanprodan/podinfo:6.9.0', 'podinfo'],
  ['nicholasjackson/fake-service:v0.26.2', 'fake-service'],
  ['docker.io/istio/examples-bookinfo-reviews-v2:1.15.0', 'services/reviews/main.ts'],
  ['nginx:1.29-alpine', 'nginx'],
  ['fortio/fortio:latest_release', 'services/load/main.ts'],
])('%s, as the documentation of Istio names it, is played by %s', (image, program) => {
  expect(findImage(own, image)?.command.at(-1)).toBe(program);
});

const RED = { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' };

test.each([
  ['mesh101/reviews', 'services/reviews/main.ts', undefined],
  [
    'docker.io/istio/examples-bookinfo-reviews-v1:1.20.3',
    'services/reviews/main.ts',
    { ENABLE_RATINGS: 'false' },
  ],
  ['istio/examples-bookinfo-reviews-v3', 'services/reviews/main.ts', RED],
  ['gcr.io/project/mesh101/ratings:1', 'services/ratings/main.ts', undefined],
  [
    'docker.io/istio/examples-bookinfo-ratings-v1:1.20.3',
    'services/ratings/main.ts',
    { SERVICE_VERSION: 'v1' },
  ],
  [
    'docker.io/istio/examples-bookinfo-ratings-v-faulty:1.20.3',
    'services/ratings/main.ts',
    { SERVICE_VERSION: 'v-faulty' },
  ],
  ['mariadb:10.11', 'bin/images/mariadb', undefined],
  ['docker.io/library/redis:7.2-alpine', 'bin/images/redis', undefined],
  ['gcr.io/project/mesh101/userapi:1', 'services/userapi/main.ts', undefined],
  ['docker.io/istio/examples-bookinfo-mysqldb:1.20.3', 'bin/images/mariadb', { MARIADB_DATABASE: 'test' }],
])('%s is played by %s, with the variables that the image sets', (image, program, env) => {
  const found = findImage(own, image);
  expect(found?.command.at(-1)).toBe(program);
  if (env) expect(found?.env).toMatchObject(env);
  else expect(found?.env).toBeUndefined();
});

test('an image that only ends alike is not known', () => {
  expect(findImage(own, 'mesh101/chained')).toBeUndefined();
  expect(findImage(own, 'notmesh101-chain')).toBeUndefined();
  expect(findImage(own, 'other/chain')).toBeUndefined();
  expect(findImage(own, 'notredis')).toBeUndefined();
  expect(findImage(own, 'redis/other')).toBeUndefined();
  expect(findImage(own, 'shop:redis')).toBeUndefined();
  expect(findImage(own, 'examples-bookinfo-details-v10')).toBeUndefined();
});

test("the user's table comes first and is relative to its own folder", () => {
  const directory = temporaryDirectory();
  const entries = '{image: mesh101/chain, command: [./mine.sh]}, {image: "gcr.io/*/a.b+c", command: [x]}';
  writeFileSync(join(directory, 'mine.yaml'), `images: [${entries}]`);
  const table = loadImages({ MESH_IMAGES: 'mine.yaml' }, directory);
  expect(findImage(table, 'mesh101/chain')).toMatchObject({ command: ['./mine.sh'], cwd: directory });
  expect(findImage(table, 'curlimages/curl')).toBeDefined();
  expect(findImage(table, 'gcr.io/one/two/a.b+c:1')).toBeDefined();
  expect(findImage(table, 'gcr.io/one/aXb+c:1')).toBeUndefined();
});

test('a misspelt table says which file and field', () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'bad.yaml'), 'images: [{image: x, comand: [y]}]');
  const load = () => loadImages({ MESH_IMAGES: join(directory, 'bad.yaml') }, '/');
  expect(load).toThrow(ImageTableError);
  expect(load).toThrow(/bad\.yaml.*comand/s);
});

test('a pattern with a tag stands for those tags alone', () => {
  const table = [
    ...parseTable('images: [{image: "shop/cart:1.*", command: [one]}, {image: cart, command: [any]}]', '/'),
  ];
  expect(findImage(table, 'mirror:5000/shop/cart:1.2@sha256:00')?.command).toEqual(['one']);
  expect(findImage(table, 'shop/cart:2.0')?.command).toEqual(['any']);
  expect(findImage(table, 'shop/cart')?.command).toEqual(['any']);
});
