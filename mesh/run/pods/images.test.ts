import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findImage, ImageTableError, loadImages } from '#mesh/run/pods/images.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const own = loadImages({}, '/');

test.each([
  'mesh101/chain',
  'mesh101-chain:1.2',
  'gcr.io/project/mesh101/chain:latest',
  'localhost:5000/mesh101/chain@sha256:abc',
])('%s is played by the chain program', (image) => {
  expect(findImage(own, image)?.command.at(-1)).toBe('services/chain/main.ts');
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
});

test("the user's table comes first and is relative to its own folder", () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'mine.yaml'), 'images: [{image: mesh101/chain, command: [./mine.sh]}]');
  const table = loadImages({ MESH_IMAGES: 'mine.yaml' }, directory);
  expect(findImage(table, 'mesh101/chain')).toMatchObject({ command: ['./mine.sh'], cwd: directory });
  expect(findImage(table, 'curlimages/curl')).toBeDefined();
});

test('a misspelt table says which file and field', () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'bad.yaml'), 'images: [{image: x, comand: [y]}]');
  const load = () => loadImages({ MESH_IMAGES: join(directory, 'bad.yaml') }, '/');
  expect(load).toThrow(ImageTableError);
  expect(load).toThrow(/bad\.yaml.*comand/s);
});
