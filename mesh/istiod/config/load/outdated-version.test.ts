import { expect, test } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';

function load(text: string) {
  const { documents, diagnostics } = loadManifest({ file: 'old.yaml', text });
  return { values: documents.map(({ value }) => value), told: diagnostics.map(formatDiagnostic).join('\n') };
}

test('a Deployment of 2018 is one of today, and selects the pods that it makes', () => {
  const { values, told } = load(`apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: shop}
spec: {template: {metadata: {labels: {app: shop}}, spec: {containers: []}}}
`);
  expect(values).toMatchObject([
    { apiVersion: 'apps/v1', spec: { selector: { matchLabels: { app: 'shop' } }, template: {} } },
  ]);
  expect(told).toBe(
    `old.yaml:1: warning M101-outdated-version: \`extensions/v1beta1\` of Deployment is read as \`apps/v1\`: Kubernetes 1.16 and newer refuse it
  fix: write \`apiVersion: apps/v1\`, and the labels of the pods as \`spec.selector.matchLabels\``,
  );
});

test('its own selector stays, and what has none gets none', () => {
  const { values, told } = load(`apiVersion: apps/v1beta2
kind: StatefulSet
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b, c: d}}}}
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
spec: {maxUnavailable: 1}
`);
  expect(values).toMatchObject([
    { apiVersion: 'apps/v1', spec: { selector: { matchLabels: { a: 'b' } } } },
    { apiVersion: 'policy/v1', spec: { maxUnavailable: 1 } },
  ]);
  expect(values[1]).not.toHaveProperty('spec.selector');
  expect(told).not.toContain('matchLabels');
});

test('what follows is written otherwise, or never was, is left to be refused', () => {
  const text = 'apiVersion: extensions/v1beta1\nkind: Ingress\n---\napiVersion: apps/v7\nkind: Deployment\n';
  expect(load(text)).toEqual({
    told: '',
    values: [
      { apiVersion: 'extensions/v1beta1', kind: 'Ingress' },
      { apiVersion: 'apps/v7', kind: 'Deployment' },
    ],
  });
});
