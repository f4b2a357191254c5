import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { findImage, loadImages } from '#mesh/kubelet/pods/images.ts';

const folder = import.meta.dirname;
const images = loadImages({}, '/');

/** Files that say nothing by themselves: their objects refer to those of others. */
const more = new Map([
  ['istio.yaml', ['istio101/kube.yaml']],
  ['versions-and-more.yaml', ['bookinfo/istio-1.9.yaml']],
  ['helm-chart.yaml', ['boutique/kubernetes-manifests.yaml']],
  ['istio-manifests.yaml', ['boutique/kubernetes-manifests.yaml']],
  ['istio-manifests-classic.yaml', ['boutique/kubernetes-manifests.yaml']],
]);

const files = globSync('**/*.yaml', { cwd: folder }).filter(
  (file) => !file.startsWith('podinfo/') && basename(file) !== 'kustomization.yaml',
);

it.each(files)('%s has no mistake', async (file) => {
  const all = [file, ...(more.get(basename(file)) ?? [])].map((one) => join(folder, one));
  const { exitCode, stdout, stderr } = await runCli(['analyze', ...all]);
  expect([exitCode, ...`${stdout}${stderr}`.split('\n').filter((line) => / error /.test(line))]).toEqual([0]);
});

it.each(['istio-1.9.yaml', 'istio-1.30.yaml'])('each image of bookinfo as %s has it is played', (file) => {
  const text = readFileSync(join(folder, 'bookinfo', file), 'utf8');
  const named = [...text.matchAll(/image: (\S+)/g)].map(([, image = '']) => image);
  const unknown = named.filter((image) => findImage(images, image) === undefined);
  expect([named.length, unknown]).toEqual([6, []]);
});
