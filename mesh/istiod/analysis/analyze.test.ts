import { expect, it } from 'vitest';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { readSources } from '#mesh/istiod/config/load/read-sources.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

const base = [
  'k8s/chain.yaml',
  ...['ingress', 'egress', 'destinationrules'].map((name) => `istio/chain/${name}.yaml`),
];

it.each(['routing-1', 'routing-2', 'routing-3', 'split-80-20', 'fault'])(
  'has nothing against %s of the chain',
  async (step) => {
    const { files } = await readSources([...base, `istio/chain/${step}.yaml`], { stdin: process.stdin });
    const { resources, diagnostics } = parseResources(loadManifests(files).documents, {
      namespace: 'default',
    });
    expect(resources.length).toBeGreaterThan(15);
    expect([...diagnostics, ...analyze(resources)]).toEqual([]);
  },
);

it('orders what it finds by file and line, across objects of several files', () => {
  const service = (name: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {ports: [{port: 80}]}\n`;
  const { documents } = loadManifests([
    { file: 'b.yaml', text: service('first') },
    { file: 'a.yaml', text: `${service('second')}---\n${service('third')}` },
  ]);
  const found = analyze(parseResources(documents, { namespace: 'default' }).resources);
  expect(found.map(({ position }) => `${position?.file}:${position?.line}`)).toEqual([
    'a.yaml:4',
    'a.yaml:9',
    'b.yaml:4',
  ]);
});
