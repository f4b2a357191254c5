import { expect, test } from 'vitest';
import { patchesFor } from '#mesh/istiod/config/build/envoy-filters.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

interface Wanted {
  readonly name: string;
  readonly namespace?: string;
  readonly spec?: string;
  readonly match?: string;
}

const filter = ({ name, namespace = 'default', spec = '', match = '' }: Wanted) => `---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  ${spec}
  configPatches:
    - applyTo: CLUSTER
      match: {${match}}
      patch: {operation: MERGE, value: {altStatName: ${name}}}
`;

const workload = { name: 'web-1', namespace: 'default', labels: { app: 'web' } };

function patches(...filters: readonly Wanted[]) {
  const { documents } = loadManifest({ file: 'filters.yaml', text: filters.map(filter).join('') });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return patchesFor(workload, resources);
}

const names = (...filters: readonly Wanted[]) =>
  patches(...filters).map(({ value }) => value['alt_stat_name']);

test('a workload has the patches of its namespace and of the root namespace that its labels ask for', () => {
  const found = names(
    { name: 'own' },
    { name: 'root', namespace: 'istio-system' },
    { name: 'foreign', namespace: 'other' },
    { name: 'selected', spec: 'workloadSelector: {labels: {app: web}}' },
    { name: 'unselected', spec: 'workloadSelector: {labels: {app: db}}' },
  );
  expect(found).toEqual(['root', 'own', 'selected']);
});

test('a low priority comes before a high one, whoever’s it is', () => {
  const found = names(
    { name: 'late', namespace: 'istio-system', spec: 'priority: 10' },
    { name: 'usual' },
    { name: 'early', spec: 'priority: -1' },
  );
  expect(found).toEqual(['early', 'usual', 'late']);
});

test('a patch may be for proxies of a version, or with metadata', () => {
  const found = names(
    { name: 'this', match: "proxy: {proxyVersion: '^1\\.32.*'}" },
    { name: 'old', match: "proxy: {proxyVersion: '^1\\.9.*'}" },
    { name: 'here', match: 'proxy: {metadata: {NAMESPACE: default}}' },
    { name: 'nowhere', match: 'proxy: {metadata: {NAMESPACE: other}}' },
  );
  expect(found).toEqual(['this', 'here']);
});

test('empty names and port 0 match everything', () => {
  const [patch] = patches({ name: 'any', match: "cluster: {service: '', portNumber: 0, subset: v1}" });
  expect(patch?.cluster).toEqual({ subset: 'v1' });
});
