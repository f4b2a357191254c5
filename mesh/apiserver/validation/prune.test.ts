import { expect, it } from 'vitest';
import { shapeOf } from '../shapes/shape.ts';
import { hasNull, pruned } from './prune.ts';

function shape(apiVersion: string, kind: string) {
  const found = shapeOf(apiVersion, kind);
  if (!found) throw new Error(`no shape for ${kind}`);
  return found;
}

it("drops the nulls of Kubernetes' own kinds, as its code reads them, but no key of a map and no list's element", () => {
  const strategy = { type: 'Recreate', rollingUpdate: null };
  const template = { metadata: { labels: { app: null } }, spec: { containers: [null], volumes: null } };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { strategy, template } };
  expect(hasNull(deployment)).toBe(true);
  expect(pruned(deployment, shape('apps/v1', 'Deployment')).spec).toEqual({
    strategy: { type: 'Recreate' },
    template: { metadata: { labels: { app: null } }, spec: { containers: [null] } },
  });
});

it('leaves an object alone that has nothing to drop', () => {
  const plain = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } };
  expect(pruned(plain, shape('v1', 'ConfigMap'))).toBe(plain);
});

it('drops the nulls of definitions, but those that have a default', () => {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', hostname: null, allowedRoutes: null }];
  const gateway = { spec: { gatewayClassName: 'istio', addresses: null, listeners } };
  expect(pruned(gateway, shape('gateway.networking.k8s.io/v1', 'Gateway'))).toEqual({
    spec: {
      gatewayClassName: 'istio',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: null }],
    },
  });
});
