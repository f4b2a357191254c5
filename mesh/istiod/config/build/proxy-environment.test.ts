import { expect, test } from 'vitest';
import { proxyEnvironment } from '#mesh/istiod/config/build/proxy-environment.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

const config = (namespace: string, spec: string) => `---
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: c${spec.length}, namespace: ${namespace}}
spec: {${spec}}
`;

function environment(text: string, annotation = '') {
  const { documents } = loadManifest({ file: 'proxies.yaml', text });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics).toEqual([]);
  const annotations = { 'proxy.istio.io/config': annotation };
  return proxyEnvironment({ namespace: 'shop', labels: { app: 'web' }, annotations }, resources);
}

const mesh = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "defaultConfig: {proxyMetadata: {A: mesh, B: mesh, C: mesh, D: mesh, E: mesh}}"}
`;

test('narrower settings replace wider ones, variable by variable', () => {
  const text =
    mesh +
    config('istio-system', 'environmentVariables: {B: root, C: root, D: root, E: root}') +
    config('shop', 'environmentVariables: {C: space, D: space, E: space}') +
    config('shop', 'selector: {matchLabels: {app: web}}, environmentVariables: {D: pods, E: pods}') +
    config('shop', 'selector: {matchLabels: {app: other}}, environmentVariables: {A: other}') +
    config('elsewhere', 'environmentVariables: {A: elsewhere}');
  const expected = { A: 'mesh', B: 'root', C: 'space', D: 'pods', E: 'annotation' };
  expect(environment(text, 'proxyMetadata: {E: annotation}')).toEqual(expected);
});

test('an annotation that cannot be read says nothing', () => {
  expect(environment('', '{')).toEqual({});
  expect(environment('', 'proxyMetadata: 7')).toEqual({});
});
