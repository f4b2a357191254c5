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
