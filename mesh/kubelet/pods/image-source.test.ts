import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { checkTables, ImageSource } from '#mesh/kubelet/pods/image-source.ts';
import { findImage, standIn } from '#mesh/kubelet/pods/images.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

function source(env: NodeJS.ProcessEnv = {}, standIns = true) {
  const problems: string[] = [];
  const options = { env, cwd: '/shop', standIns, onProblem: (text: string) => problems.push(text) };
  return { images: new ImageSource(options), problems };
}

const map = (table: string) =>
  parseResources(
    loadManifest({
      file: 'map.yaml',
      text: `apiVersion: v1
kind: ConfigMap
metadata: {name: images, labels: {mesh101.io/images: ""}}
data:
  images.yaml: '${table}'
`,
    }).documents,
    { namespace: 'default' },
  ).resources;

test('what no table knows a stand-in plays, unless they are refused', () => {
  expect(findImage(source().images.tableFor([]), 'shop/cart:1')).toBe(standIn);
  expect(findImage(source({}, false).images.tableFor([]), 'shop/cart:1')).toBeUndefined();
});

test('a ConfigMap comes before all other tables; one with a mistake leaves what it said before', () => {
  const { images, problems } = source();
  const good = map('images: [{image: podinfo, command: [./mine]}]');
  expect(findImage(images.tableFor(good), 'podinfo')).toMatchObject({ command: ['./mine'], cwd: '/shop' });
  const bad = map('images: [{image: podinfo, comand: [./mine]}]');
  expect(findImage(images.tableFor(bad), 'podinfo')?.command).toEqual(['./mine']);
  expect(problems).toEqual([
    expect.stringMatching(/^ConfigMap default\/images, images.yaml: .*; its former content stays in force$/),
  ]);
  expect(findImage(images.tableFor([]), 'podinfo')?.command).toEqual(['stand-in', 'podinfo']);
});

test('a mistake in the table of a ConfigMap is told by file and line', () => {
  const text = checkTables(map('images: [{image: x, comand: [y]}]'), '/').map(formatDiagnostic).join('\n');
  expect(text).toMatch(
    /^map.yaml:5: warning M101-IMAGES: the table of images in `images.yaml` cannot be read: /,
  );
});

test('a changed file is read again; one that cannot be read leaves the last', () => {
  const file = join(temporaryDirectory(), 'mine.yaml');
  let time = 1_000;
  const write = (text: string) => {
    writeFileSync(file, text);
    time += 10;
    utimesSync(file, time, time);
  };
  write('images: [{image: shop/cart, command: [one]}]');
  const { images, problems } = source({ MESH_IMAGES: file });
  const command = () => findImage(images.tableFor([]), 'shop/cart:1')?.command;
  expect(command()).toEqual(['one']);
  write('images: [{image: shop/cart, command: [two]}]');
  expect(command()).toEqual(['two']);
  write('images: [{image: shop/cart}]');
  expect(command()).toEqual(['two']);
  expect(problems).toHaveLength(1);
});
