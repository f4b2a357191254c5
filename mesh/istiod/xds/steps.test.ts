import { expect, test } from 'vitest';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import { steps } from '#mesh/istiod/xds/steps.ts';

const config = (clusters: readonly string[], route: string): EnvoyConfig => ({
  listeners: [],
  clusters: clusters.map((name) => ({ name })),
  endpoints: Object.fromEntries(clusters.map((name) => [name, { cluster_name: name }])),
  routes: { http: { name: route } },
  secrets: [],
});

test('in no step a route names a cluster that is not there', () => {
  const way = steps(config(['a', 'b'], 'a'), config(['b', 'c'], 'c'));
  expect(way.map(({ clusters, routes }) => [clusters.map(({ name }) => name), routes['http']])).toEqual([
    [['b', 'c', 'a'], { name: 'a' }],
    [['b', 'c', 'a'], { name: 'c' }],
    [['b', 'c'], { name: 'c' }],
  ]);
  expect(way.map(({ endpoints }) => Object.keys(endpoints).sort())).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['b', 'c'],
  ]);
});
